package domain_test

import (
	"slices"
	"testing"

	"songtor/domain"
)

func asked() domain.Event {
	return &domain.HandOverRequested{Request: "q1", By: "msdhs", From: "police"}
}

func TestAssigning(t *testing.T) {
	t.Parallel()
	mine := []domain.Event{opened(), &domain.CaseAssigned{Agency: "police", Assignee: "u1"}}
	run(t, []scenario{
		{name: "a case is given to a person", given: []domain.Event{opened()}, when: domain.Assign{Assignee: "u1"}, then: []string{"case.assigned"}},
		{name: "and to nobody again", given: mine, when: domain.Assign{}, then: []string{"case.assigned"}},
		{name: "once to the same", given: mine, when: domain.Assign{Assignee: "u1"}, rule: "case.assigned_already"},
		{name: "two who take the next case do not both get it", given: mine, seen: []domain.Event{opened()}, when: domain.Assign{Assignee: "u2"}, rule: "case.assigned_meanwhile"},
		{name: "who saw that may take it over", given: mine, seen: mine, when: domain.Assign{Assignee: "u2"}, then: []string{"case.assigned"}},
		{name: "an ended case is nobody's work", given: ended, when: domain.Assign{Assignee: "u1"}, rule: "case.ended"},
	})
}

func TestHandingOver(t *testing.T) {
	t.Parallel()
	adult := []domain.Event{opened(), agreed(domain.ToReferral), screened(domain.AdultBranch)}
	waiting := append(slices.Clip(adult), asked())
	granted := append(slices.Clip(waiting), &domain.CaseTransferred{From: "police", To: "msdhs", Request: "q1"})
	request, grant := domain.RequestHandOver{Reason: "r"}, domain.GrantHandOver{Request: "q1"}
	refuse := domain.RefuseHandOver{Request: "q1", Reason: "not_our_mandate"}
	run(t, []scenario{
		{name: "another agency asks for the case", given: adult, by: "msdhs", when: request, then: []string{"case.hand_over_requested"}},
		{name: "not the one that has it", given: adult, when: request, rule: "case.responsible_already"},
		{name: "once", given: waiting, by: "msdhs", when: request, rule: "case.requested_already"},
		{name: "with a reason", given: adult, by: "msdhs", when: domain.RequestHandOver{}, rule: "case.no_reason", kind: domain.Invalid},
		{name: "of an open case", given: ended, by: "msdhs", when: request, rule: "case.ended"},
		{name: "the responsible agency hands over", given: waiting, when: grant, then: []string{"case.transferred"}},
		{name: "nobody else does", given: waiting, by: "msdhs", when: grant, rule: "case.not_responsible"},
		{name: "not twice", given: granted, by: "msdhs", when: grant, rule: "case.request_answered"},
		{name: "a request is there", given: adult, when: grant, rule: "case.request_unknown", kind: domain.Missing},
		{name: "no adult is handed over without consent", given: []domain.Event{opened(), screened(domain.AdultBranch), asked()}, when: grant, rule: "referral.no_consent"},
		{name: "nor after it was taken back", given: append(slices.Clip(waiting), withdrew("w", domain.ToReferral)), when: grant, rule: "referral.consent_withdrawn"},
		{name: "a child is", given: []domain.Event{opened(), screened(domain.ChildBranch), asked()}, when: grant, then: []string{"case.transferred"}},
		{name: "the responsible agency keeps it", given: waiting, when: refuse, then: []string{"case.hand_over_refused"}},
		{name: "and says why", given: waiting, when: domain.RefuseHandOver{Request: "q1"}, rule: "case.no_reason", kind: domain.Invalid},
		{name: "nobody else refuses", given: waiting, by: "msdhs", when: refuse, rule: "case.not_responsible"},
		{name: "nothing is handed over on an ended case", given: append(slices.Clip(waiting), &domain.CaseClosed{}), when: refuse, rule: "case.ended"},
	})
}

func TestWhoHadTheCaseInTheFormerAgencyHasItNoMore(t *testing.T) {
	t.Parallel()
	had := []domain.Event{opened(), &domain.CaseAssigned{Agency: "police", Assignee: "u1"}, screened(domain.ChildBranch)}
	for name, given := range map[string]domain.State{
		"by request":  given(append(slices.Clip(had), asked(), &domain.CaseTransferred{From: "police", To: "msdhs", Request: "q1"})...),
		"by referral": given(append(slices.Clip(had), sent("r1", "msdhs"), accepted("msdhs"))...),
	} {
		if given.Standing.Agency != "msdhs" || given.Standing.Assignee != "" {
			t.Errorf("%s: %s of %s has it", name, given.Standing.Assignee, given.Standing.Agency)
		}
	}
}

func TestLinking(t *testing.T) {
	t.Parallel()
	linked := []domain.Event{opened(), &domain.CaseLinked{Link: "l1", Other: "b", Kind: domain.Family}}
	link := domain.LinkCase{Case: "a", Other: "b", Kind: domain.Family}
	refused := []domain.Event{opened(), &domain.DuplicateRefused{Other: "b"}}
	gone := []domain.Event{opened(), &domain.KeysDestroyed{}}
	denied := []domain.Event{opened(), &domain.ConsentRefused{Purpose: domain.ToScreening, Stops: true}}
	run(t, []scenario{
		{name: "two cases are linked", given: []domain.Event{opened()}, when: link, then: []string{"case.linked"}},
		{name: "in a way of the list", given: []domain.Event{opened()}, when: domain.LinkCase{Case: "a", Other: "b", Kind: "friend"}, rule: "link.unknown_kind", kind: domain.Invalid},
		{name: "no case is linked to itself", given: []domain.Event{opened()}, when: domain.LinkCase{Case: "a", Other: "a", Kind: domain.Family}, rule: "link.to_itself", kind: domain.Invalid},
		{name: "once in one way", given: linked, when: link, rule: "link.exists"},
		{name: "in several ways", given: linked, when: domain.LinkCase{Case: "a", Other: "b", Kind: domain.SameEmployer}, then: []string{"case.linked"}},
		{name: "also after the case has ended", given: ended, when: link, then: []string{"case.linked"}},
		{name: "not when its keys are gone", given: gone, when: link, rule: "case.erased"},
		{name: "nobody is linked who refused", given: denied, when: link, rule: "consent.nothing_is_kept"},
		{name: "a link is undone", given: linked, when: domain.UndoLink{Link: "l1"}, then: []string{"case.link_undone"}},
		{name: "one that is there", given: linked, when: domain.UndoLink{Link: "l9"}, rule: "link.unknown", kind: domain.Missing},
		{name: "in a case that is there", when: domain.UndoLink{Link: "l1"}, rule: "case.unknown", kind: domain.Missing},
		{name: "a proposed duplicate is somebody else", given: []domain.Event{opened()}, when: domain.RefuseDuplicate{Other: "b"}, then: []string{"case.duplicate_refused"}},
		{name: "which one is said", given: []domain.Event{opened()}, when: domain.RefuseDuplicate{}, rule: "link.to_itself", kind: domain.Invalid},
		{name: "it is refused once", given: refused, when: domain.RefuseDuplicate{Other: "b"}, rule: "link.refused_already"},
		{name: "in a case whose keys are there", given: gone, when: domain.RefuseDuplicate{Other: "b"}, rule: "case.erased"},
	})
}

func TestALinkCanBeUndoneAndNothingWasMerged(t *testing.T) {
	t.Parallel()
	s := given(opened(), &domain.CaseLinked{Link: "l1", Other: "b", Kind: domain.SamePerson}, &domain.CaseLinked{Link: "l2", Other: "c", Kind: domain.Family}, &domain.LinkUndone{Link: "l1"})
	if len(s.Links) != 1 || s.Links[0].ID != "l2" {
		t.Fatalf("links are %v", s.Links)
	}
}

func TestNotesAndFiles(t *testing.T) {
	t.Parallel()
	note := domain.AddNote{Audience: domain.ForCase, Text: "t"}
	file := domain.AttachFile{File: "f1", Size: 1, Details: domain.FileDetails{MediaType: "image/png", SHA256: "x"}}
	denied := []domain.Event{opened(), &domain.ConsentRefused{Purpose: domain.ToScreening, Stops: true}}
	gone := []domain.Event{opened(), &domain.KeysDestroyed{}}
	run(t, []scenario{
		{name: "a note is added", given: []domain.Event{opened()}, when: note, then: []string{"case.note_added"}},
		{name: "what comes to be known late is not lost", given: ended, when: note, then: []string{"case.note_added"}},
		{name: "an audience is one of the list", given: []domain.Event{opened()}, when: domain.AddNote{Audience: "all", Text: "t"}, rule: "note.unknown_audience", kind: domain.Invalid},
		{name: "a note says something", given: []domain.Event{opened()}, when: domain.AddNote{Audience: domain.ForCase}, rule: "note.empty", kind: domain.Invalid},
		{name: "in letters", given: []domain.Event{opened()}, when: domain.AddNote{Audience: domain.ForCase, Text: "\xff"}, rule: "note.empty", kind: domain.Invalid},
		{name: "no note on an adult who refused", given: denied, when: note, rule: "consent.nothing_is_kept"},
		{name: "no note that could not be sealed", given: gone, when: note, rule: "case.erased"},
		{name: "a file is attached", given: []domain.Event{opened()}, when: file, then: []string{"case.file_attached"}},
		{name: "once", given: []domain.Event{opened(), &domain.FileAttached{File: "f1"}}, when: file, rule: "file.attached_already"},
		{name: "with what it is", given: []domain.Event{opened()}, when: domain.AttachFile{File: "f1", Size: 1}, rule: "file.incomplete", kind: domain.Invalid},
		{name: "no file on an adult who refused", given: denied, when: file, rule: "consent.nothing_is_kept"},
		{name: "no file of a case that is not there", when: file, rule: "case.unknown", kind: domain.Missing},
	})
}

func TestNonPunishmentHold(t *testing.T) {
	t.Parallel()
	held := []domain.Event{opened(), &domain.HoldSet{}}
	lift := domain.LiftHold{Authority: domain.Authority{Name: "court", Reference: "1/2569"}, Reason: "r"}
	run(t, []scenario{
		{name: "a hold needs no proof", given: []domain.Event{opened()}, when: domain.SetHold{Basis: "b"}, then: []string{"hold.set"}},
		{name: "but a basis", given: []domain.Event{opened()}, when: domain.SetHold{}, rule: "hold.no_basis", kind: domain.Invalid},
		{name: "it is set once", given: held, when: domain.SetHold{Basis: "b"}, rule: "hold.set_already"},
		{name: "on an open case", given: ended, when: domain.SetHold{Basis: "b"}, rule: "case.ended"},
		{name: "an authority lifts it", given: held, when: lift, then: []string{"hold.lifted"}},
		{name: "that is named", given: held, when: domain.LiftHold{Authority: domain.Authority{Name: "court"}, Reason: "r"}, rule: "hold.no_authority", kind: domain.Invalid},
		{name: "for a reason", given: held, when: domain.LiftHold{Authority: lift.Authority}, rule: "hold.no_authority", kind: domain.Invalid},
		{name: "there is one to lift", given: []domain.Event{opened()}, when: lift, rule: "hold.not_set"},
		{name: "on an ended case nothing is lifted", given: append(slices.Clip(held), &domain.CaseClosed{}), when: lift, rule: "case.ended"},
		{name: "nor while the person has time to reflect", given: append(slices.Clip(held), screened(domain.AdultBranch), concluded(domain.GroundsYes), started(domain.Reflection)), when: lift, rule: "reflection.no_adverse_step"},
	})
}

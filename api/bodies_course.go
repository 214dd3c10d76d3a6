package api

import (
	"regexp"

	"songtor/domain"
	"songtor/internal/access"
)

// courseCommands are those on the course of a case.
func courseCommands() []command {
	return []command{
		{access.AddNote, func() commandBody { return new(addNote) }},
		{access.Link, func() commandBody { return new(link) }},
		{access.UndoLink, func() commandBody { return new(undoLink) }},
		{access.RefuseDuplicate, func() commandBody { return new(refuseDuplicate) }},
		{access.SettleDisagreement, func() commandBody { return new(settleDisagreement) }},
		{access.Close, func() commandBody { return new(closeCase) }},
		{access.Reopen, func() commandBody { return new(reopen) }},
	}
}

type addNote struct {
	times
	Audience domain.Audience `json:"audience"`
	Text     string          `json:"text"`
}

func (b *addNote) check(c *checker) {
	oneOf(c, "/audience", b.Audience, domain.Audiences()...)
	c.sentence("/text", b.Text)
}

func (b *addNote) command(string) domain.Command {
	return domain.AddNote{Audience: b.Audience, Text: b.Text}
}

// link is the body of the command that links two cases. That the case is not linked to itself is checked where its id is known.
type link struct {
	times
	Other string          `json:"other"`
	Kind  domain.LinkKind `json:"kind"`
}

func (b *link) check(c *checker) {
	b.Other = c.id("/other", b.Other)
	oneOf(c, "/kind", b.Kind, domain.LinkKinds()...)
}

func (b *link) command(string) domain.Command {
	return domain.LinkCase{Other: b.Other, Kind: b.Kind}
}

type undoLink struct {
	times
	Link string `json:"link_id"`
}

func (b *undoLink) check(c *checker) { b.Link = c.id("/link_id", b.Link) }

func (b *undoLink) command(string) domain.Command { return domain.UndoLink{Link: b.Link} }

type refuseDuplicate struct {
	times
	Other string `json:"other"`
}

func (b *refuseDuplicate) check(c *checker) { b.Other = c.id("/other", b.Other) }

func (b *refuseDuplicate) command(string) domain.Command {
	return domain.RefuseDuplicate{Other: b.Other}
}

type settleDisagreement struct {
	times
	Disagreement string      `json:"disagreement_id"`
	Keep         domain.Kept `json:"keep"`
	Reason       string      `json:"reason"`
}

// disagreementPattern is the id of a command, with a number where that command met more than one disagreement.
var disagreementPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(/[1-9][0-9]{0,3})?$`)

func (b *settleDisagreement) check(c *checker) {
	if c.required("/disagreement_id", b.Disagreement) {
		c.must(disagreementPattern.MatchString(b.Disagreement), "/disagreement_id", keywordFormat)
	}
	oneOf(c, "/keep", b.Keep, domain.KeepStanding, domain.KeepOther)
	c.sentence("/reason", b.Reason)
}

func (b *settleDisagreement) command(string) domain.Command {
	return domain.SettleDisagreement{Disagreement: b.Disagreement, Keep: b.Keep, Reason: b.Reason}
}

type closeCase struct {
	times
	Reason domain.CloseReason `json:"reason"`
}

func (b *closeCase) check(c *checker) { oneOf(c, "/reason", b.Reason, domain.CloseReasons()...) }

func (b *closeCase) command(string) domain.Command { return domain.CloseCase{Reason: b.Reason} }

type reopen struct {
	times
	Reason domain.ReopenReason `json:"reason"`
	Note   string              `json:"note"`
}

func (b *reopen) check(c *checker) {
	oneOf(c, "/reason", b.Reason, domain.ReopenReasons()...)
	c.text("/note", b.Note, maxNote)
}

func (b *reopen) command(string) domain.Command {
	return domain.ReopenCase{Reason: b.Reason, Note: b.Note}
}

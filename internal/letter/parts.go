package letter

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"songtor/domain"
	"songtor/internal/paper"
)

func (w *words) begin(title, reference string, printed time.Time) (*paper.Document, error) {
	d, err := paper.New(paper.Head{
		Title: w.t(title), Language: w.language, Footer: w.t("footer", "reference", reference, "at", w.moment(printed)),
	})
	if err != nil {
		return nil, err
	}
	d.Text(w.t("confidential"))
	return d, nil
}

func (w *words) closing(d *paper.Document) { d.Text(w.t("draft")) }

func (w *words) tasks(d *paper.Document, tasks []Task) {
	if len(tasks) == 0 {
		return
	}
	d.Heading(w.t("summary.tasks"))
	d.Facts(each(tasks, func(t Task) paper.Fact {
		value := w.name("agencies", t.Agency)
		if t.DueAt != nil {
			value += "\n" + w.t("summary.by", "at", w.deadline(*t.DueAt))
		}
		return paper.Fact{Term: w.word("task", t.Kind), Value: value}
	}))
}

func (w *words) consents(d *paper.Document, grants []domain.Grant) {
	if len(grants) == 0 {
		return
	}
	d.Heading(w.t("summary.consents"))
	d.Facts(each(grants, func(g domain.Grant) paper.Fact {
		term := w.word("purpose", string(g.Purpose))
		if g.Recipient != "" {
			term += ", " + w.name("agencies", g.Recipient)
		}
		return paper.Fact{Term: term, Value: w.answered(g)}
	}))
}

// answered is what the person said to a purpose: yes to which kinds of data and until when, or no.
func (w *words) answered(g domain.Grant) string {
	said := w.word("consent", string(g.Answer))
	if g.Answer != domain.Given {
		return said
	}
	said += ": " + or(len(g.Data) == 0, w.word("data", "all"), strings.ReplaceAll(w.classes(g.Data), "\n", ", "))
	if g.Until != nil {
		said += "\n" + w.t("summary.until", "at", w.deadline(*g.Until))
	}
	return said
}

func (w *words) decisions(d *paper.Document, decisions []Decision) {
	for _, one := range decisions {
		list := or(one.Type == "identification.decided", "outcome", "grounds")
		d.Heading(w.word("event", one.Type))
		facts := []paper.Fact{{Term: w.t("decided.result"), Value: w.word(list, one.Result)}, {Term: w.t("decided.at"), Value: w.moment(one.At)}}
		d.Facts(append(facts, w.reasons(one.Reasons)...))
	}
}

// reasons are those of a conclusion or of a decision.
func (w *words) reasons(raw json.RawMessage) []paper.Fact {
	var given struct {
		Elements  map[string]string `json:"elements"`
		Narrative string            `json:"narrative"`
		Grounds   string            `json:"grounds"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &given) != nil {
		return nil
	}
	var facts []paper.Fact
	for _, element := range slices.Sorted(maps.Keys(given.Elements)) {
		facts = append(facts, paper.Fact{Term: w.word("element", element), Value: w.word("assessment", given.Elements[element])})
	}
	return append(facts, paper.Fact{Term: w.t("decided.reasons"), Value: lines([]string{given.Narrative, given.Grounds})})
}

func (w *words) periods(d *paper.Document, periods []Period) {
	if len(periods) == 0 {
		return
	}
	d.Heading(w.t("summary.periods"))
	d.Facts(each(periods, func(p Period) paper.Fact {
		value := w.t("summary.since", "at", w.moment(p.From))
		if p.Until != nil {
			value += "\n" + w.t("summary.by", "at", w.deadline(*p.Until))
		}
		return paper.Fact{Term: w.word("period", string(p.Name)), Value: value + "\n" + w.t(or(p.Running, "summary.running", "summary.ended"))}
	}))
}

func (w *words) referrals(d *paper.Document, referrals []Referral) {
	if len(referrals) == 0 {
		return
	}
	d.Heading(w.t("summary.referrals"))
	d.Facts(each(referrals, func(r Referral) paper.Fact {
		return paper.Fact{
			Term:  w.name("agencies", r.To),
			Value: w.names("services", r.Services) + "\n" + w.word("referral_status", string(r.Status)) + ", " + w.moment(r.SentAt),
		}
	}))
}

func (w *words) services(d *paper.Document, services []Service) {
	if len(services) == 0 {
		return
	}
	d.Heading(w.t("summary.services"))
	d.Facts(each(services, func(s Service) paper.Fact {
		term := w.t("summary.sealed")
		if s.Code != "" {
			term = w.name("services", s.Code)
		}
		return paper.Fact{Term: term, Value: w.name("agencies", s.Provider) + "\n" + w.word("service_status", string(s.Status)) + ", " + w.moment(s.Since)}
	}))
}

func (w *words) classes(data []domain.DataClass) string {
	if len(data) == 0 {
		return ""
	}
	return lines(each(data, func(c domain.DataClass) string { return w.word("data", string(c)) }))
}

func each[T, V any](list []T, as func(T) V) []V {
	made := make([]V, len(list))
	for i, one := range list {
		made[i] = as(one)
	}
	return made
}

// lines puts what is not empty one below the other.
func lines(texts []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return t == "" }), "\n")
}

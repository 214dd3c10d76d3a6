package schemas

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Keywords of the rules that JSON Schema cannot state. A form switches on the first
// five with annotations of the same name (x-codes for KeywordCode, x-partial-date for
// KeywordDate, x-lines for line breaks in a text); the others always hold.
const (
	// KeywordNotFuture: a date, or a time by more than five minutes, lies after now.
	// A year of the Buddhist era is therefore refused too.
	KeywordNotFuture = "x-not-future"
	// KeywordCode: the code is not in the code list.
	KeywordCode = "x-code"
	// KeywordDate: a date that may be partial names a day that does not exist.
	KeywordDate = "x-partial-date"
	// KeywordUnique: a choice is given twice.
	KeywordUnique = "x-unique"
	// KeywordText: a text has control characters (a line break and a tab are allowed
	// in a narrative), characters that change the direction of writing, code points
	// that stand for no character, or more marks on one letter than any script has.
	KeywordText = "x-text"
	// KeywordOrder: recorded before it occurred, or an end before its beginning.
	KeywordOrder = "x-order"
	// KeywordConsistent: two answers on age contradict each other grossly. The
	// pointer is the more exact of the two.
	KeywordConsistent = "x-consistent"
)

const (
	clockLeeway    = 5 * time.Minute // how far a device's clock may be ahead
	ageLeewayYears = 2               // how far a stated age may be from the birth date
)

// node is the part of a form that the rules here need: names, items and annotations.
type node struct {
	members     map[string]*node
	element     *node
	maxItems    int // of a list; every list of a form has a limit
	codes       string
	notFuture   bool
	partialDate bool
	lines       bool
	unique      bool
}

// nodeOf reads the rules from a lowered schema. A name means the same in every branch
// that introduces it, which a test holds.
func nodeOf(schema map[string]any) *node {
	n := &node{}
	n.add(schema)
	return n
}

func (n *node) add(s map[string]any) {
	n.notFuture = n.notFuture || s["x-not-future"] == true
	n.partialDate = n.partialDate || s["x-partial-date"] == true
	n.lines = n.lines || s["x-lines"] == true
	n.unique = n.unique || s["x-unique"] == true
	if codes, ok := s["x-codes"].(string); ok {
		n.codes = codes
	}
	if items, ok := s["items"].(map[string]any); ok {
		n.element = nodeOf(items)
		most, _ := s["maxItems"].(float64)
		n.maxItems = int(most)
	}
	props, _ := s["properties"].(map[string]any)
	for name, p := range props {
		n.member(name).add(objectOf(p))
	}
	for _, branch := range branches(s) {
		n.add(branch)
	}
}

func (n *node) member(name string) *node {
	if n.members == nil {
		n.members = map[string]*node{}
	}
	if n.members[name] == nil {
		n.members[name] = &node{}
	}
	return n.members[name]
}

func (n *node) collectNames(names map[string]bool) {
	for name, m := range n.members {
		names[name] = true
		m.collectNames(names)
	}
	if n.element != nil {
		n.element.collectNames(names)
	}
}

// branches returns the schemas that may add members to what s describes.
func branches(s map[string]any) []map[string]any {
	var out []map[string]any
	for _, k := range []string{"then", "else"} {
		if b, ok := s[k].(map[string]any); ok {
			out = append(out, b)
		}
	}
	rules, _ := s["allOf"].([]any)
	for _, r := range rules {
		out = append(out, objectOf(r))
	}
	return out
}

// checker walks a submission beside its node.
type checker struct {
	form  *Form
	now   time.Time
	today string // the latest calendar date anywhere on Earth at now
	path  []string
	found []Violation
}

func (f *Form) semanticViolations(submission map[string]any, now time.Time, refused []Violation) []Violation {
	c := &checker{
		form:  f,
		now:   now,
		today: now.In(time.FixedZone("", 14*60*60)).Format(time.DateOnly),
	}
	c.walk(submission, f.root)
	c.times(submission)
	answers, _ := submission["answers"].(map[string]any)
	c.ages(answers)
	// Where the schema has already refused a value, a second reason is noise.
	return slices.DeleteFunc(c.found, func(v Violation) bool {
		return slices.ContainsFunc(refused, func(r Violation) bool { return r.Pointer == v.Pointer })
	})
}

func (c *checker) report(keyword string) {
	if len(c.found) >= maxViolations {
		return
	}
	pointer := ""
	if len(c.path) > 0 {
		pointer = "/" + strings.Join(c.path, "/")
	}
	c.found = append(c.found, Violation{pointer, keyword})
}

func (c *checker) reportAt(keyword string, path ...string) {
	c.path = append(c.path, path...)
	c.report(keyword)
	c.path = c.path[:len(c.path)-len(path)]
}

// walk descends only through names the form defines, so that no other name can get
// into a pointer.
func (c *checker) walk(v any, n *node) {
	switch v := v.(type) {
	case string:
		c.text(v, n)
	case []any:
		c.list(v, n)
	case map[string]any:
		for name, e := range v {
			m := n.members[name]
			if m == nil {
				continue
			}
			c.path = append(c.path, name)
			c.walk(e, m)
			c.path = c.path[:len(c.path)-1]
		}
		c.span(v)
	}
}

func (c *checker) list(v []any, n *node) {
	if n.unique && hasRepeat(v) {
		c.report(KeywordUnique)
	}
	if n.element == nil {
		return
	}
	for i, e := range v {
		c.path = append(c.path, strconv.Itoa(i))
		c.walk(e, n.element)
		c.path = c.path[:len(c.path)-1]
	}
}

func hasRepeat(v []any) bool {
	for i, e := range v {
		s, ok := e.(string)
		if ok && slices.Contains(v[:i], any(s)) {
			return true
		}
	}
	return false
}

func (c *checker) text(s string, n *node) {
	if !CleanText(s, n.lines) {
		c.report(KeywordText)
	}
	if n.codes != "" && !c.form.hasCode(n.codes, s) {
		c.report(KeywordCode)
	}
	if n.partialDate && !isPartialDate(s) {
		c.report(KeywordDate)
		return
	}
	if n.notFuture {
		c.past(s)
	}
}

// past holds that a time, or a date of which the end may be missing, is not after now.
// A time that the language's own parser does not take, such as a leap second, is
// refused as the format it is not, so that no caller meets it.
func (c *checker) past(s string) {
	if len(s) <= len(time.DateOnly) {
		if s > c.today[:len(s)] {
			c.report(KeywordNotFuture)
		}
		return
	}
	t, err := time.Parse(time.RFC3339, s)
	switch {
	case err != nil:
		c.report("format")
	case t.After(c.now.Add(clockLeeway)):
		c.report(KeywordNotFuture)
	}
}

// isPartialDate tells whether a day that is given exists; the schema's pattern has
// seen to the rest.
func isPartialDate(s string) bool {
	if len(s) != len(time.DateOnly) {
		return true
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// CleanText reports whether a text has nothing that a reader cannot see or that makes a
// line read otherwise than it was written. Line breaks and tabs pass where lines is set.
func CleanText(s string, lines bool) bool {
	if !utf8.ValidString(s) {
		return false
	}
	marks := 0
	for _, r := range s {
		if r >= 0x20 && r < 0x7f {
			marks = 0
			continue
		}
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > maxMarks {
			return false
		}
		if lines && (r == '\n' || r == '\t') {
			continue
		}
		if !isCharacter(r) {
			return false
		}
	}
	return true
}

// maxMarks is how many marks one letter may carry. Burmese, the script with most, needs six.
const maxMarks = 8

// isCharacter refuses control characters, the directional overrides, embeddings and
// isolates, line and paragraph separators, the byte order mark, tags, noncharacters,
// private use and unassigned code points. Joiners and the zero-width space stay:
// Burmese, Khmer, Lao, Thai and several Indian scripts need them.
func isCharacter(r rune) bool {
	switch {
	case unicode.IsControl(r):
		return false
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return false
	case r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f:
		return false
	default:
		return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs, unicode.Cf)
	}
}

// times holds that nothing is recorded before it occurred.
func (c *checker) times(submission map[string]any) {
	occurred, ok1 := timeOf(submission["occurred_at"])
	recorded, ok2 := timeOf(submission["recorded_at"])
	if ok1 && ok2 && recorded.Before(occurred) {
		c.reportAt(KeywordOrder, "recorded_at")
	}
}

func timeOf(v any) (time.Time, bool) {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// span holds that a stretch of time does not end before it begins, as far as both
// ends are given equally exactly.
func (c *checker) span(v map[string]any) {
	from, ok1 := v["from"].(string)
	to, ok2 := v["to"].(string)
	if !ok1 || !ok2 {
		return
	}
	known := min(len(from), len(to))
	if to[:known] < from[:known] {
		c.reportAt(KeywordOrder, "to")
	}
}

// ages holds that the answers on age do not exclude each other. Whoever says that
// the person is an adult while the age says otherwise has to answer "unsure": the
// child branch is not left by contradiction. A disputed age may differ from the papers.
func (c *checker) ages(answers map[string]any) {
	under18, _ := answerOf(answers, "d_under_18").(string)
	band, _ := answerOf(answers, "d_age_band").(string)
	basis, _ := answerOf(answers, "d_age_basis").(string)
	years, hasYears := answerOf(answers, "d_age_years").(float64)
	birth, _ := answerOf(answers, "d_birth_date").(string)
	least, most, hasBirth := c.ageFromBirth(birth)
	disputed := basis == "disputed"

	youngBand := band == "under_15" || band == "15_17"
	switch {
	case under18 == "no" && youngBand, under18 == "yes" && band != "" && !youngBand && !disputed:
		c.reportAt(KeywordConsistent, "answers", "d_age_band")
	}
	switch {
	case under18 == "no" && hasYears && years < 18, under18 == "yes" && hasYears && years >= 18 && !disputed:
		c.reportAt(KeywordConsistent, "answers", "d_age_years")
	}
	switch {
	case !hasBirth:
	case under18 == "no" && most < 18, under18 == "yes" && least >= 18 && !disputed,
		hasYears && !disputed && (years < float64(least-ageLeewayYears) || years > float64(most+ageLeewayYears)):
		c.reportAt(KeywordConsistent, "answers", "d_birth_date")
	}
}

// ageFromBirth returns the least and the greatest age today that a date of birth
// allows, of which month and day may be missing.
func (c *checker) ageFromBirth(birth string) (least, most int, ok bool) {
	if len(birth) < 4 || birth > c.today[:min(len(birth), len(c.today))] {
		return 0, 0, false
	}
	born, err1 := strconv.Atoi(birth[:4])
	year, err2 := strconv.Atoi(c.today[:4])
	if err1 != nil || err2 != nil {
		return 0, 0, false
	}
	most = year - born
	if len(birth) == len(time.DateOnly) {
		if birth[4:] > c.today[4:] {
			most--
		}
		return most, most, true
	}
	return most - 1, most, true
}

func answerOf(answers map[string]any, key string) any {
	item, _ := answers[key].(map[string]any)
	return item["value"]
}

package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
)

// reportsPath is where browsers tell what the content policy kept from happening.
const reportsPath = "/reports"

// The two forms in which browsers report: that of the Reporting API, a list, and the older one of report-uri alone.
const (
	reportsType   = "application/reports+json"
	oldReportType = "application/csp-report"
)

// maxReports is how many of the reports of one request are counted.
const maxReports = 100

// browserReport is what is read of a report. The rest of it, addresses and pieces of script, is nobody's business.
type browserReport struct {
	Type string `json:"type"`
	Body struct {
		Directive string `json:"effectiveDirective"`
	} `json:"body"`
}

type oldReport struct {
	Report struct {
		Directive string `json:"effective-directive"`
		Violated  string `json:"violated-directive"`
	} `json:"csp-report"`
}

// reports answers POST /reports. It keeps a count by directive and nothing else.
func (s *server) reports(c echo.Context) error {
	raw, err := readBodyOf(c, maxBody, reportsType, oldReportType)
	if err != nil {
		return err
	}
	for _, directive := range directivesOf(raw) {
		s.metrics.reports.WithLabelValues(directive).Inc()
	}
	return c.NoContent(http.StatusNoContent)
}

// directivesOf returns which directives were violated, "other" for what is none of ours.
func directivesOf(raw []byte) []string {
	var list []browserReport
	if json.Unmarshal(raw, &list) != nil {
		var old oldReport
		if json.Unmarshal(raw, &old) != nil {
			return []string{otherDirective}
		}
		list = []browserReport{{Type: "csp-violation"}}
		list[0].Body.Directive = old.Report.Directive
		if list[0].Body.Directive == "" {
			list[0].Body.Directive, _, _ = strings.Cut(old.Report.Violated, " ")
		}
	}
	var directives []string
	for _, r := range list[:min(len(list), maxReports)] {
		directives = append(directives, directiveOf(r))
	}
	return directives
}

const otherDirective = "other"

func directiveOf(r browserReport) string {
	if r.Type == "csp-violation" && slices.Contains(policyDirectives(), r.Body.Directive) {
		return r.Body.Directive
	}
	return otherDirective
}

// policyDirectives are the directives that a violation can be of: a closed list, because each is a label of a metric.
func policyDirectives() []string {
	return []string{
		"default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr", "img-src", "font-src",
		"connect-src", "media-src", "object-src", "frame-src", "child-src", "manifest-src", "worker-src", "form-action", "base-uri",
		"frame-ancestors", "require-trusted-types-for", "trusted-types",
	}
}

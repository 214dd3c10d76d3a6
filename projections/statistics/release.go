package statistics

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/projections"
)

//go:embed published.sql
var publishedSchema string

// Release is what is published of one period. Once made it never changes.
type Release struct {
	Period      string    `json:"period"` // such as "2026-H1"
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"` // exclusive
	PublishedAt time.Time `json:"published_at"`
	Position    uint64    `json:"position"` // of the log, up to which was counted
	Method      Method    `json:"method"`
	Total       Cell      `json:"total"`
	Tables      []Table   `json:"tables"` // one-way tables only; none where the total is withheld
}

// Method states how the counts were protected.
type Method struct {
	Text          string `json:"text"`          // key of the explanation in the catalogues
	K             int    `json:"k"`             // the smallest count above zero that is published
	Complementary bool   `json:"complementary"` // further cells are withheld so that no small one follows by subtraction
}

// Table counts the people of the period by one thing.
type Table struct {
	Name     string `json:"name"`
	Withheld bool   `json:"withheld"` // the whole table
	Cells    []Cell `json:"cells"`
}

// Cell is one count. A withheld one has none: it is never shown as 0.
type Cell struct {
	Value    string `json:"value,omitempty"`
	Count    *int   `json:"count"`
	Withheld bool   `json:"withheld"`
}

// What Publish and Find refuse.
var (
	ErrPeriodUnknown = errors.New("not a half-year such as 2026-H1")
	ErrPeriodOpen    = errors.New("the period has not been over for a month")
	ErrNotCaughtUp   = errors.New("not everything of the period has been counted yet")
	ErrNoRelease     = errors.New("no such release")
)

var periodPattern = regexp.MustCompile(`^(2\d{3})-H([12])$`)

// bounds are the first moment of a half-year and the first after it, in Thailand.
func bounds(period string) (from, until time.Time, err error) {
	parts := periodPattern.FindStringSubmatch(period)
	if parts == nil {
		return from, until, fmt.Errorf("%w: %q", ErrPeriodUnknown, period)
	}
	year, err := strconv.Atoi(parts[1])
	if err != nil {
		return from, until, fmt.Errorf("%w: %q", ErrPeriodUnknown, period)
	}
	first := time.January
	if parts[2] == "2" {
		first = time.July
	}
	from = time.Date(year, first, 1, 0, 0, 0, 0, thailand)
	return from, from.AddDate(0, 6, 0), nil
}

// periods lists the half-years from the one of since that have ended at now, oldest first.
func periods(since, now time.Time) []string {
	var ended []string
	for at := since.In(thailand); ; at = at.AddDate(0, 6, 0) {
		at = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, thailand)
		period := fmt.Sprintf("%d-H%d", at.Year(), (int(at.Month())+5)/6)
		if _, until, err := bounds(period); err != nil || now.Before(until) {
			return ended
		}
		ended = append(ended, period)
	}
}

// Install makes the schema of what is published, where it is missing.
func Install(ctx context.Context, db projections.DB) error {
	if _, err := db.Exec(ctx, publishedSchema); err != nil {
		return fmt.Errorf("couldn't make the schema of releases: %w", err)
	}
	return nil
}

// Find returns the release of a period, or ErrNoRelease.
func Find(ctx context.Context, db projections.DB, period string) (Release, error) {
	var r Release
	err := db.QueryRow(ctx, "select release from published.releases where period = $1", period).Scan(&r)
	if errors.Is(err, pgx.ErrNoRows) {
		return Release{}, fmt.Errorf("%w: %q", ErrNoRelease, period)
	}
	if err != nil {
		return Release{}, fmt.Errorf("couldn't read a release: %w", err)
	}
	return r, nil
}

// Releases returns every release, the latest period first.
func Releases(ctx context.Context, db projections.DB) ([]Release, error) {
	rows, err := db.Query(ctx, "select release from published.releases order by period desc")
	if err != nil {
		return nil, fmt.Errorf("couldn't read releases: %w", err)
	}
	releases, err := pgx.CollectRows(rows, pgx.RowTo[Release])
	if err != nil {
		return nil, fmt.Errorf("couldn't read releases: %w", err)
	}
	return releases, nil
}

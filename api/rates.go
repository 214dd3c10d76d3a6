package api

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/internal/identity"
	"songtor/internal/rate"
)

// Rates say how much one account, case or address may do. A zero Budget is no limit. Signing in is limited by identity, and how many
// cases one may open by the access record.
type Rates struct {
	Strangers rate.Budget // requests of an address that are of nobody who is signed in
	Requests  rate.Budget // of an account
	Writes    rate.Budget // of an account; each line of a batch is one, and waits for its turn
	Searches  rate.Budget // of an account: looking for cases of the same person
	Exports   rate.Budget // of an account: files of many rows
	Files     rate.Budget // added to a case
	Bytes     rate.Budget // of files that an account adds
	Held      rate.Budget // forms that a revoked device hands over
}

// DefaultRates are those of a service that real people use. Searches, exports and files are figures of the project's threat model; a
// person who reads and writes as fast as the page allows stays far below the others.
func DefaultRates() Rates {
	const day = 24 * time.Hour
	return Rates{
		Strangers: rate.Budget{Most: 120, In: time.Minute},
		Requests:  rate.Budget{Most: 1200, In: time.Minute},
		Writes:    rate.Budget{Most: 600, In: time.Minute},
		Searches:  rate.Budget{Most: 30, In: time.Minute},
		Exports:   rate.Budget{Most: 5, In: day},
		Files:     rate.Budget{Most: 20, In: day},
		Bytes:     rate.Budget{Most: 100 << 20, In: day},
		Held:      rate.Budget{Most: 60, In: time.Hour},
	}
}

// rates keep what was done. Accounts and cases are told apart by their ids.
type rates struct {
	strangers                                                 *rate.Book[netip.Prefix]
	requests, writes, searches, exports, files, volumes, held *rate.Book[string]
}

func newRates(r Rates) rates {
	return rates{
		strangers: rate.NewBook[netip.Prefix](r.Strangers),
		requests:  rate.NewBook[string](r.Requests), writes: rate.NewBook[string](r.Writes), searches: rate.NewBook[string](r.Searches),
		exports: rate.NewBook[string](r.Exports), files: rate.NewBook[string](r.Files), volumes: rate.NewBook[string](r.Bytes),
		held: rate.NewBook[string](r.Held),
	}
}

// throttled is a request for which somebody has to wait.
type throttled struct{ wait time.Duration }

func (*throttled) Error() string { return "throttled" }

// spend takes one from what k may do.
func spend[K comparable](b *rate.Book[K], k K) error {
	if wait := b.Take(k, 1); wait > 0 {
		return &throttled{wait}
	}
	return nil
}

// stranger counts a request of nobody who is signed in. Behind a proxy all have one address, which is not counted.
func (s *server) stranger(r *http.Request) error {
	address := clientAddress(r)
	if !address.IsValid() {
		return nil
	}
	bits := address.BitLen()
	if address.Is6() {
		bits = 64 // what one subscriber has to choose from
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return err
	}
	return spend(s.rates.strangers, network)
}

// byStrangers is for routes that anybody may ask.
func (s *server) byStrangers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.stranger(c.Request()); err != nil {
			return err
		}
		return next(c)
	}
}

// paced counts the request of an account.
func (s *server) paced(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		user := principal(c).UserID
		if err := spend(s.rates.requests, user); err != nil {
			return err
		}
		if m := c.Request().Method; m != http.MethodGet && m != http.MethodHead {
			if err := spend(s.rates.writes, user); err != nil {
				return err
			}
		}
		return next(c)
	}
}

// search counts a request that looks for cases of the same person.
func (s *server) search(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := spend(s.rates.searches, principal(c).UserID); err != nil {
			return err
		}
		return next(c)
	}
}

// mayExport counts a file of many rows.
func (s *server) mayExport(by identity.Principal) error { return spend(s.rates.exports, by.UserID) }

// mayAttach counts a file of so many bytes that is added to a case. What is given back was not added after all.
func (s *server) mayAttach(by identity.Principal, caseID string, bytes int) (giveBack func(), err error) {
	if wait := s.rates.volumes.Take(by.UserID, bytes); wait > 0 {
		return nil, &throttled{wait}
	}
	if wait := s.rates.files.Take(caseID, 1); wait > 0 {
		s.rates.volumes.GiveBack(by.UserID, bytes)
		return nil, &throttled{wait}
	}
	return func() {
		s.rates.volumes.GiveBack(by.UserID, bytes)
		s.rates.files.GiveBack(caseID, 1)
	}, nil
}

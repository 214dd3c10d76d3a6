package app

import (
	"context"
	"errors"
	"fmt"

	"songtor/domain"
	"songtor/internal/eventlog"
	"songtor/internal/vault"
	"songtor/projections"
	"songtor/projections/matching"
	"songtor/projections/statistics"
)

// HoldErasures makes of every store what the erasures so far have made of it: a store that was restored may be older than they are. It
// runs before the read models do and before anything is served; the keys have been given the ledger's erasures by then (vault.Open).
//
// What the log says was erased is destroyed in the keys. What the keys say was destroyed goes from the contents of files, from the
// search for duplicates and from the statistics, where rows is their database, and is told to the log where that does not say so yet.
// Where nothing may be written, what only the log lacks is told to it later (KeepErasures): nothing of these cases can be opened either way.
func (s *Service) HoldErasures(ctx context.Context, rows projections.DB) error {
	known, err := s.vault.Erasures(ctx)
	if err != nil {
		return fmt.Errorf("couldn't read what was erased: %w", err)
	}
	through, err := s.destroyRecorded(ctx, known.Through)
	if err != nil {
		return err
	}
	if known, err = s.vault.Erasures(ctx); err != nil {
		return fmt.Errorf("couldn't read what was erased: %w", err)
	}
	if err := s.forget(ctx, rows, known.Cases()); err != nil {
		return err
	}
	return s.tellErasures(ctx, through, known.List)
}

// tellErasures tells the log of the destructions that it does not know of, and notes that it does, with how far it was read for others.
// Where nothing may be written they are told later.
func (s *Service) tellErasures(ctx context.Context, through uint64, list []vault.Destruction) error {
	var recorded []string
	for _, d := range list {
		if d.Recorded {
			continue
		}
		switch err := s.recordErasure(ctx, d); {
		case errors.Is(err, ErrReadOnly):
			s.untold.Store(true)
		case err != nil:
			return err
		default:
			recorded = append(recorded, d.CaseID)
		}
	}
	return s.vault.Recorded(ctx, through, recorded...)
}

// tellLater tells the log of the destructions that it could not be told of, once something may be written.
func (s *Service) tellLater(ctx context.Context) error {
	if standing, _ := s.ReadOnly(); len(standing) > 0 || !s.untold.CompareAndSwap(true, false) {
		return nil
	}
	known, err := s.vault.Erasures(ctx)
	if err == nil {
		err = s.tellErasures(ctx, known.Through, known.List)
	}
	if err != nil {
		s.untold.Store(true)
		return fmt.Errorf("couldn't tell the log of erasures: %w", err)
	}
	return nil
}

// recordErasure tells the log of a destruction that it does not know of, since it was restored or the process died in between. A case
// that never came to the log needs no record.
func (s *Service) recordErasure(ctx context.Context, d vault.Destruction) error {
	_, err := s.record(ctx, own{
		caseID: d.CaseID, id: derivedID("songtor erasure carried out\x00" + d.CaseID), name: commandDestroy, by: eraser,
		command: domain.DestroyKeys{Reason: domain.ErasureReason(d.Reason), Ledger: true},
	})
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, &domain.Error{Rule: "case.erased"}) {
		return fmt.Errorf("couldn't record an erasure: %w", err)
	}
	return nil
}

// destroyRecorded destroys the keys of every case of which the log says after a position that they were destroyed, and returns how far
// it has read.
func (s *Service) destroyRecorded(ctx context.Context, from uint64) (uint64, error) {
	head, err := s.log.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("couldn't look for erasures in the log: %w", err)
	}
	if head <= from {
		return head, nil
	}
	var cases []string
	err = s.log.ScanRaw(ctx, from, head, func(raws []eventlog.Raw) error {
		for _, r := range raws {
			if eventlog.TellsOfErasure(r) {
				cases = append(cases, r.CaseID())
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("couldn't look for erasures in the log: %w", err)
	}
	for _, id := range cases {
		if err := s.destroyAsRecorded(ctx, id); err != nil {
			return 0, err
		}
	}
	return head, nil
}

// destroyAsRecorded destroys the keys of a case for the reason that the log gives.
func (s *Service) destroyAsRecorded(ctx context.Context, id string) error {
	h, err := s.load(ctx, id)
	if err != nil {
		return fmt.Errorf("couldn't read an erasure: %w", err)
	}
	for _, c := range h.commits {
		for _, f := range c.Facts {
			e, ok := f.Event.(*domain.KeysDestroyed)
			if !ok {
				continue
			}
			if err := s.vault.Destroy(ctx, id, e.Reason); err != nil {
				return fmt.Errorf("couldn't repeat an erasure: %w", err)
			}
		}
	}
	return nil
}

// forget removes what the stores hold of erased cases.
func (s *Service) forget(ctx context.Context, rows projections.DB, cases []string) error {
	if len(cases) == 0 {
		return nil
	}
	if err := s.files.Remove(ctx, cases...); err != nil {
		return fmt.Errorf("couldn't remove the files of erased cases: %w", err)
	}
	if err := matching.Forget(ctx, rows, cases); err != nil {
		return err
	}
	names, err := s.vault.Pseudonyms(ctx, cases...)
	if err != nil {
		return fmt.Errorf("couldn't name erased cases: %w", err)
	}
	return statistics.Forget(ctx, rows, names)
}

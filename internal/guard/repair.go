package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"songtor/internal/archive"
	"songtor/internal/eventlog"
)

// putBack appends to a stream what only its copy has, onto the positions that it had. The overlap was compared before.
func (g *Guard) putBack(ctx context.Context, s Stream, from, to uint64) error {
	err := g.Archive.Read(ctx, s.Name, from, to, func(copied []eventlog.Raw) error {
		for len(copied) > 0 {
			n := min(step, len(copied))
			if err := s.Log.Refill(ctx, copied[:n]); err != nil {
				return err
			}
			copied = copied[n:]
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("couldn't put positions %d to %d back: %w", from+1, to, err)
	}
	found, err := g.compare(ctx, s, from, to)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("position %d was put back and is another", found[0].position)
	}
	g.Log.Warn("the log had lost its end, which was put back from the second copy",
		slog.String("stream", s.Name), slog.Uint64("first", from+1), slog.Uint64("last", to))
	return nil
}

// rebuild makes a stream anew from its copy: for one with a hole, or with a message that is another. It does so only where the copy is
// whole and is what was signed, and where what the stream alone has can still be read. Otherwise the State refuses.
//
// If the process dies before the stream is taken away, everything is as before; if it dies afterwards, the next start finds a stream that
// is shorter than its copy and puts back the rest.
func (g *Guard) rebuild(ctx context.Context, s Stream, held eventlog.Extent, copied uint64) error {
	found, err := g.compare(ctx, s, 0, min(held.Last, copied))
	if err != nil {
		return g.badCopy(ctx, s, true, err)
	}
	refuse := func(why string) error {
		g.refuse(LogDiffers, s, fmt.Sprintf("position %d is not what the second copy has, and %s. %s", found[0].position, why, restoreHint))
		return nil
	}
	signed, err := s.Signed(ctx)
	switch {
	case errors.Is(err, ErrNotSigned):
		return refuse("what was signed cannot be read")
	case err != nil:
		return err
	}
	for _, d := range found {
		if d.other && d.position > signed {
			return refuse("nothing that is signed says which of the two is right")
		}
	}
	if s.Renew == nil {
		return refuse("this service may not make the stream anew")
	}
	rest, err := readRest(ctx, s.Log, copied, held.Last)
	switch {
	case errors.Is(err, errUnreadable):
		return refuse(err.Error())
	case err != nil:
		return err
	}
	if err := g.Archive.Add(ctx, s.Name, rest); err != nil {
		return err
	}
	switch err := s.Prove(ctx, archive.Copy{Of: g.Archive, Stream: s.Name}); {
	case errors.Is(err, ErrNotSigned):
		return refuse("the second copy is not what was signed either")
	case err != nil:
		return err
	}
	if err := s.Renew(ctx); err != nil {
		return refuse("the stream could not be made anew: " + err.Error())
	}
	g.Log.Warn("the log had damaged messages; its files were kept aside and it is made anew from the second copy",
		slog.String("stream", s.Name), slog.Int("messages", len(found)), slog.Uint64("first", found[0].position))
	if err := g.putBack(ctx, s, 0, max(held.Last, copied)); err != nil {
		return err
	}
	if err := g.Archive.Suspect(ctx, s.Name, false); err != nil {
		return err
	}
	return g.hold(ctx, s)
}

var errUnreadable = errors.New("can be read neither in the log nor in the second copy")

// readRest reads what a stream has after a position, which its copy has not.
func readRest(ctx context.Context, log Log, after, to uint64) (rest []eventlog.Raw, err error) {
	for at := after + 1; at <= to; at++ {
		r, err := log.At(ctx, at)
		switch {
		case err != nil:
			return nil, err
		case r.Position == 0:
			return nil, fmt.Errorf("position %d %w", at, errUnreadable)
		}
		rest = append(rest, r)
	}
	return rest, nil
}

// badCopy deals with a damaged copy: where the stream is whole and is what was signed, a new copy is made of it.
func (g *Guard) badCopy(ctx context.Context, s Stream, starting bool, damaged error) error {
	err := s.Prove(ctx, s.Log)
	switch {
	case errors.Is(err, ErrNotSigned), errors.Is(err, eventlog.ErrGap):
		g.refuse(LogDiffers, s, "it is not what was signed. "+restoreHint)
		g.refuse(ArchiveDamaged, s, damaged.Error())
		return nil
	case err != nil:
		return err
	case !starting:
		g.refuse(ArchiveDamaged, s, damaged.Error()+". The log is what was signed: restart the service, and it copies the log anew.")
		return nil
	}
	copied, err := g.Archive.State(ctx, s.Name)
	if err != nil {
		return err
	}
	ends := max(copied.Position, copied.Beyond)
	held, err := g.extent(ctx, s, ends)
	if err != nil {
		return err
	}
	if ends > held.Last {
		g.refuse(ArchiveDamaged, s, damaged.Error()+", and the log ends before it. "+restoreHint)
		return nil
	}
	if err := g.Archive.Renew(ctx, s.Name); err != nil {
		return err
	}
	g.Log.Warn("the second copy was damaged; the log is what was signed and is copied anew", slog.String("stream", s.Name), slog.Any("error", damaged))
	return g.hold(ctx, s)
}

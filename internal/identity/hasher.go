package identity

import (
	"context"
	"fmt"
)

// atOnce is how many hashes are computed at a time: each takes 64 MiB and a core for a tenth of a second or more.
const atOnce = 2

// hasher computes argon2id, a few at a time.
type hasher struct {
	cost  cost
	dummy passwordHash  // stands in where an account is not there, so that the answer takes as long
	slots chan struct{} // holds a value for each computation under way
}

func newHasher(c cost) (*hasher, error) {
	if !c.bounded() {
		return nil, fmt.Errorf("couldn't use this cost of a password's hash: %w", errHash)
	}
	return &hasher{cost: c, dummy: nobodys(c), slots: make(chan struct{}, atOnce)}, nil
}

// hash returns a new hash of the password as it is kept. ErrBusy where the context ends before a slot is free.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return hashPassword(password, h.cost).String(), nil
}

// verify reports whether the password is that of the kept hash. An empty one, or one that cannot be read, takes as long and is
// never right. Where the password is right and the kept hash weaker than what is now asked, the new one is returned.
func (h *hasher) verify(ctx context.Context, kept, password string) (right bool, better string, err error) {
	if err := h.enter(ctx); err != nil {
		return false, "", err
	}
	defer h.leave()
	hash, parseErr := parseHash(kept)
	if parseErr != nil {
		h.dummy.matches(password)
		return false, "", nil
	}
	right = hash.matches(password)
	if right && hash.cost.weakerThan(h.cost) {
		better = hashPassword(password, h.cost).String()
	}
	return right, better, nil
}

func (h *hasher) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
}

func (h *hasher) leave() { <-h.slots }

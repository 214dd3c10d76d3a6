package release

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"songtor/domain"
)

// What the book refuses.
var (
	ErrNoProposal = errors.New("no such proposal")
	ErrSamePerson = errors.New("whoever has built a release does not publish it")
	ErrDigest     = errors.New("the proposal is another one by now")
	ErrEntry      = errors.New("an entry about releases cannot be read")
)

// partSize is how much of a certificate goes into one entry. The log takes a megabyte, and what is compressed grows by a third as JSON.
const partSize = 600_000

// The types of entries.
const (
	entryCertificate = "release.certificate" // a part of a certificate that a proposal needs
	entryProposed    = "release.proposed"
	entryPublished   = "release.published"
	entryRefused     = "release.refused"
)

// entry is something about releases as it lies in the log.
type entry struct {
	Version  int          `json:"v"`
	Type     string       `json:"type"`
	At       time.Time    `json:"at"`
	By       domain.Actor `json:"by"`
	Release  string       `json:"release"`
	Digest   string       `json:"digest"` // of the proposal, or of the certificate
	Part     []byte       `json:"part,omitempty"`
	Sealed   bool         `json:"sealed,omitempty"` // the certificate tells of the people and lies here under seal
	Number   int          `json:"n,omitempty"`      // of the part, from 0
	Of       int          `json:"of,omitempty"`     // parts of the certificate
	Proposal *Proposal    `json:"proposal,omitempty"`
}

// Proposed is a proposal that waits for somebody else.
type Proposed struct {
	*Proposal

	Digest string
	By     domain.Actor
	At     time.Time
}

// Published is a release with what the ledger keeps of it.
type Published struct {
	Proposed

	PublishedBy domain.Actor
	Place       uint64 // of the entry in the log
}

// Book is all that was ever proposed and published: the ledger. It is made from the entries of the log and from nothing else.
type Book struct {
	Last      uint64 // position of the last entry
	proposals map[string]*Proposed
	published []*Published
	parts     map[string][][]byte // of compressed certificates, by their digests
	whole     map[string]bool
	sealed    map[string]bool
}

// Seal is what certificates lie under that tell of the people. Both of its functions are told the digest of the certificate.
type Seal struct {
	Close func(digest string, plain []byte) ([]byte, error)
	Open  func(digest string, sealed []byte) ([]byte, error)
}

// ErrSealed says that a certificate lies under seal.
var ErrSealed = errors.New("the certificate is kept under seal")

// NoSeal opens nothing and closes nothing.
func NoSeal() Seal {
	refuse := func(string, []byte) ([]byte, error) { return nil, ErrSealed }
	return Seal{Close: refuse, Open: refuse}
}

// NewBook returns the book before its first entry.
func NewBook() *Book {
	return &Book{proposals: map[string]*Proposed{}, parts: map[string][][]byte{}, whole: map[string]bool{}, sealed: map[string]bool{}}
}

// Read returns the book with one more entry. The book before it stays as it was.
func (b *Book) Read(position uint64, data []byte) (*Book, error) {
	var e entry
	if err := json.Unmarshal(data, &e, json.RejectUnknownMembers(true)); err != nil || e.Version != 1 || !e.complete() {
		return nil, fmt.Errorf("%w: position %d", ErrEntry, position)
	}
	next := &Book{
		Last: position, proposals: maps.Clone(b.proposals), published: slices.Clip(b.published), parts: maps.Clone(b.parts), whole: maps.Clone(b.whole),
		sealed: maps.Clone(b.sealed),
	}
	switch e.Type {
	case entryCertificate:
		next.take(e)
	case entryProposed:
		next.proposals[e.Release] = &Proposed{Proposal: e.Proposal, Digest: e.Digest, By: e.By, At: e.At}
	case entryPublished:
		next.publish(e, position)
	case entryRefused:
		delete(next.proposals, e.Release)
	default:
		return nil, fmt.Errorf("%w: position %d has an unknown type", ErrEntry, position)
	}
	return next, nil
}

// complete reports whether an entry has what one of its type needs.
func (e *entry) complete() bool {
	return (e.Type != entryProposed || e.Proposal != nil) && e.Number >= 0
}

// take takes over a part of a certificate. One that broke off is written anew from its first part.
func (b *Book) take(e entry) {
	parts := slices.Clip(b.parts[e.Digest])
	if e.Number <= len(parts) {
		parts = append(parts[:e.Number:e.Number], e.Part)
	}
	b.parts[e.Digest], b.whole[e.Digest], b.sealed[e.Digest] = parts, len(parts) == e.Of, e.Sealed
}

// publish takes over a publication. One of nothing that was proposed, or by whoever proposed it, is none.
func (b *Book) publish(e entry, position uint64) {
	p := b.proposals[e.Release]
	if _, done := b.Find(e.Release); done || p == nil || p.Digest != e.Digest || p.By.User == e.By.User {
		return
	}
	proposal := *p.Proposal
	proposal.Release.PublishedAt = e.At
	published := &Published{Proposed: Proposed{Proposal: &proposal, Digest: p.Digest, By: p.By, At: p.At}, PublishedBy: e.By, Place: position}
	b.published = append(b.published, published)
	delete(b.proposals, e.Release)
}

// Published are the releases, in the order in which they were published.
func (b *Book) Published() []*Published { return b.published }

// Find is a published release.
func (b *Book) Find(id string) (*Published, bool) {
	for _, p := range b.published {
		if p.Release.ID == id {
			return p, true
		}
	}
	return nil, false
}

// Proposals are those that wait, by period.
func (b *Book) Proposals() []*Proposed {
	var waiting []*Proposed
	for _, p := range b.proposals {
		waiting = append(waiting, p)
	}
	slices.SortFunc(waiting, func(a, c *Proposed) int { return a.Release.From.Compare(c.Release.From) })
	return waiting
}

// Certificate returns a certificate by its digest, checked against it. It fails with ErrSealed where the certificate lies under seal and there
// is no seal to open it.
func (b *Book) Certificate(digest string, seal Seal) ([]byte, error) {
	packed := slices.Concat(b.parts[digest]...)
	if b.sealed[digest] {
		opened, err := seal.Open(digest, packed)
		if err != nil {
			return nil, fmt.Errorf("couldn't open a certificate: %w", err)
		}
		packed = opened
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("couldn't read a certificate: %w", err)
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("couldn't read a certificate: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != digest {
		return nil, errors.New("a certificate is not the one that it should be")
	}
	return data, nil
}

// Propose returns the entries that put a proposal into the log, in their order. Certificates that tell of the people go into it under seal.
func (b *Book) Propose(p *Proposal, seal Seal, by domain.Actor, at time.Time) ([][]byte, error) {
	if _, done := b.Find(p.Release.ID); done {
		return nil, ErrPublished
	}
	var entries [][]byte
	written := map[string]bool{}
	for _, block := range p.Blocks {
		if b.whole[block.Certificate] || written[block.Certificate] {
			continue
		}
		written[block.Certificate] = true
		packed, err := compressed(p.certificates[block.Certificate])
		if err == nil && !block.Proof.Open() {
			packed, err = seal.Close(block.Certificate, packed)
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't keep a certificate: %w", err)
		}
		parts := slices.Collect(slices.Chunk(packed, partSize))
		for n, part := range parts {
			e := entry{
				Version: 1, Type: entryCertificate, At: at, By: by, Release: p.Release.ID, Digest: block.Certificate,
				Part: part, Number: n, Of: len(parts), Sealed: !block.Proof.Open(),
			}
			if entries, err = e.addTo(entries); err != nil {
				return nil, err
			}
		}
	}
	digest, err := p.digest()
	if err != nil {
		return nil, err
	}
	return entry{Version: 1, Type: entryProposed, At: at, By: by, Release: p.Release.ID, Digest: digest, Proposal: p}.addTo(entries)
}

// Publish returns the entry by which a proposal is published. It fails with ErrNoProposal, with ErrSamePerson where the person who built it
// asks, and with ErrDigest where the proposal is not the one that was looked at.
func (b *Book) Publish(id, digest string, by domain.Actor, at time.Time) ([]byte, error) {
	p := b.proposals[id]
	switch {
	case p == nil:
		return nil, ErrNoProposal
	case p.Digest != digest:
		return nil, ErrDigest
	case p.By.User == by.User:
		return nil, ErrSamePerson
	}
	return entry{Version: 1, Type: entryPublished, At: at, By: by, Release: id, Digest: digest}.encode()
}

// Refuse returns the entry by which a proposal is taken from the table. It fails with ErrNoProposal.
func (b *Book) Refuse(id string, by domain.Actor, at time.Time) ([]byte, error) {
	p := b.proposals[id]
	if p == nil {
		return nil, ErrNoProposal
	}
	return entry{Version: 1, Type: entryRefused, At: at, By: by, Release: id, Digest: p.Digest}.encode()
}

func (e entry) encode() ([]byte, error) {
	data, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("couldn't write about a release: %w", err)
	}
	return data, nil
}

func (e entry) addTo(entries [][]byte) ([][]byte, error) {
	data, err := e.encode()
	return append(entries, data), err
}

// digest names a proposal: SHA-256 of its bytes as they go into the log.
func (p *Proposal) digest() (string, error) {
	data, err := json.Marshal(p, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("couldn't write a release: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

func compressed(certificate []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(certificate); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

package backup

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
)

// What a frame is.
const (
	frameHead     = 'H'
	frameMessages = 'M' // some of a stream's
	frameTable    = 'T' // begins a table
	frameRows     = 'R' // some of the table's that began last
	frameFile     = 'F'
	frameEnd      = 'E'
)

const (
	// frameLimit bounds a frame, and with it what reading a backup takes of memory, in bytes.
	frameLimit = 32 << 20
	// frameUsual is about how long frames are made.
	frameUsual = 1 << 20
)

// Signer signs a manifest.
type Signer interface {
	Public(ctx context.Context) (ed25519.PublicKey, error)
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// Writer writes the stream of a backup. Its methods are called in the order: messages, tables, files, Close.
type Writer struct {
	out      *zstd.Encoder
	sum      hash.Hash
	manifest Manifest
	streams  map[string]*streamState
	rows     *rowsWriter // of the table that is being written
}

// streamState is a stream as far as it has been written or read.
type streamState struct {
	Stream

	sum  hash.Hash
	root *builder.Root
}

func newStreamState(name string) *streamState {
	return &streamState{Stream: Stream{Name: name}, sum: sha256.New(), root: new(builder.Root)}
}

// add takes a message in. It fails with ErrDamaged where it does not follow the one before.
func (s *streamState) add(r eventlog.Raw, encoded []byte) error {
	if r.Position != s.Position+1 {
		return fmt.Errorf("%w: in the stream %s position %d comes after %d", ErrDamaged, s.Name, r.Position, s.Position)
	}
	s.Position, s.Bytes = r.Position, s.Bytes+uint64(len(r.Data))
	s.sum.Write(encoded)
	s.root.Add(transparency.LeafOf(treeOf(s.Name), r.Position, r.Subject, r.Data).Hash())
	return nil
}

// state is the stream as the manifest has it, but for the checkpoint.
func (s *streamState) state() Stream {
	out := s.Stream
	out.Digest, out.Root = hex.EncodeToString(s.sum.Sum(nil)), s.root.Hash().String()
	return out
}

func treeOf(stream string) transparency.Tree {
	for _, tree := range transparency.Trees() {
		if tree.Stream() == stream {
			return tree
		}
	}
	return ""
}

// NewWriter begins a backup.
func NewWriter(out io.Writer, head Head) (*Writer, error) {
	head.Format = format
	compressed, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1)) // out is written to by the caller's goroutine alone
	if err != nil {
		return nil, fmt.Errorf("couldn't set up the compression: %w", err)
	}
	w := &Writer{out: compressed, sum: sha256.New(), manifest: Manifest{Head: head}, streams: map[string]*streamState{}}
	text, err := encode(head)
	if err != nil {
		return nil, err
	}
	return w, w.frame(frameHead, text)
}

// Stream begins a stream, which may be empty.
func (w *Writer) Stream(name string) {
	w.streams[name] = newStreamState(name)
}

// Messages writes the next messages of a stream.
func (w *Writer) Messages(name string, raws []eventlog.Raw) error {
	state := w.streams[name]
	frame := appendText(nil, name)
	begun := len(frame)
	for _, r := range raws {
		at := len(frame)
		frame = appendMessage(frame, r)
		if err := state.add(r, frame[at:]); err != nil {
			return err
		}
		if len(frame) >= frameUsual {
			if err := w.frame(frameMessages, frame); err != nil {
				return err
			}
			frame = frame[:begun]
		}
	}
	if len(frame) == begun {
		return nil
	}
	return w.frame(frameMessages, frame)
}

// Table begins a table. Its rows, in the text format of COPY, are written to what it returns, until the next call of the Writer.
func (w *Writer) Table(name string, columns []string) (io.Writer, error) {
	if err := w.endTable(); err != nil {
		return nil, err
	}
	text, err := encode(tableHead{name, columns})
	if err != nil {
		return nil, err
	}
	if err := w.frame(frameTable, text); err != nil {
		return nil, err
	}
	w.rows = &rowsWriter{to: w, part: Part{Name: name}, sum: sha256.New()}
	return w.rows, nil
}

type tableHead struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// rowsWriter gathers rows into frames.
type rowsWriter struct {
	to     *Writer
	part   Part
	sum    hash.Hash
	buffer []byte
}

// Write implements io.Writer.
func (r *rowsWriter) Write(p []byte) (int, error) {
	r.part.Rows += countLines(p)
	r.part.Bytes += uint64(len(p))
	r.sum.Write(p)
	for rest := p; len(rest) > 0; {
		n := min(len(rest), frameUsual-len(r.buffer))
		r.buffer, rest = append(r.buffer, rest[:n]...), rest[n:]
		if len(r.buffer) == frameUsual {
			if err := r.flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

func (r *rowsWriter) flush() error {
	if len(r.buffer) == 0 {
		return nil
	}
	err := r.to.frame(frameRows, r.buffer)
	r.buffer = r.buffer[:0]
	return err
}

// countLines counts rows: in the text format of COPY each ends in a line feed, and none within a row is written as one.
func countLines(p []byte) (n uint64) {
	for _, b := range p {
		if b == '\n' {
			n++
		}
	}
	return n
}

func (w *Writer) endTable() error {
	if w.rows == nil {
		return nil
	}
	if err := w.rows.flush(); err != nil {
		return err
	}
	w.rows.part.Digest = hex.EncodeToString(w.rows.sum.Sum(nil))
	w.manifest.Tables = append(w.manifest.Tables, w.rows.part)
	w.rows = nil
	return nil
}

// File writes a file.
func (w *Writer) File(name string, content []byte) error {
	if err := w.endTable(); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	w.manifest.Files = append(w.manifest.Files, Part{Name: name, Bytes: uint64(len(content)), Digest: hex.EncodeToString(sum[:])})
	return w.frame(frameFile, append(appendText(nil, name), content...))
}

// Close ends the backup with its manifest, to which complete adds what only the caller knows.
func (w *Writer) Close(ctx context.Context, signer Signer, complete func(*Manifest) error) (*Manifest, error) {
	if err := w.endTable(); err != nil {
		return nil, err
	}
	for _, tree := range transparency.Trees() {
		if state := w.streams[tree.Stream()]; state != nil {
			w.manifest.Streams = append(w.manifest.Streams, state.state())
		}
	}
	w.manifest.Digest = hex.EncodeToString(w.sum.Sum(nil))
	public, err := signer.Public(ctx)
	if err != nil {
		return nil, fmt.Errorf("couldn't sign the backup: %w", err)
	}
	w.manifest.Signer = hex.EncodeToString(public)
	if err := complete(&w.manifest); err != nil {
		return nil, err
	}
	text, err := encode(w.manifest)
	if err != nil {
		return nil, err
	}
	signature, err := signer.Sign(ctx, signedText(text))
	if err != nil {
		return nil, fmt.Errorf("couldn't sign the backup: %w", err)
	}
	end, err := encode(signed{text, signature})
	if err != nil {
		return nil, err
	}
	if err := w.frame(frameEnd, end); err != nil {
		return nil, err
	}
	if err := w.out.Close(); err != nil {
		return nil, fmt.Errorf("couldn't write the backup: %w", err)
	}
	return &w.manifest, nil
}

func (w *Writer) frame(kind byte, content []byte) error {
	if len(content) > frameLimit {
		return fmt.Errorf("couldn't write the backup: a part has %d bytes", len(content))
	}
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(content)))
	for _, part := range [][]byte{head, content} {
		w.sum.Write(part)
		if _, err := w.out.Write(part); err != nil {
			return fmt.Errorf("couldn't write the backup: %w", err)
		}
	}
	return nil
}

// appendMessage adds a message to a frame.
func appendMessage(to []byte, r eventlog.Raw) []byte {
	to = binary.AppendUvarint(to, r.Position)
	to = binary.AppendVarint(to, r.Accepted.UnixNano())
	to = appendText(to, r.Subject)
	to = binary.AppendUvarint(to, uint64(len(r.Data)))
	return append(to, r.Data...)
}

func appendText(to []byte, text string) []byte {
	to = binary.AppendUvarint(to, uint64(len(text)))
	return append(to, text...)
}

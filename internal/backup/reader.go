package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"reflect"
	"time"

	"github.com/klauspost/compress/zstd"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
)

// Visitor is shown what a backup holds, in its order. Each field may be nil. What it is given is its own only until it returns.
type Visitor struct {
	Messages func(stream string, raws []eventlog.Raw) error
	Table    func(name string, columns []string) error // begins a table
	Rows     func(rows []byte) error                   // some of the table that began last, cut anywhere
	EndTable func() error
	File     func(name string, content []byte) error
}

// Read reads a backup to its end and checks that it is whole: every frame, count and digest, that positions follow each other, and
// that the trees of the messages have the roots that the manifest names. It fails with ErrDamaged, or with an error of the visitor.
// That the signature is the service's own is for the caller to verify: until then a visitor's work must not count.
func Read(in io.Reader, v Visitor) (*Manifest, Signature, error) {
	plain, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(4*frameLimit), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, Signature{}, fmt.Errorf("couldn't set up the decompression: %w", err)
	}
	defer plain.Close()
	r := &reader{in: bufio.NewReaderSize(plain, 1<<16), visitor: v, sum: sha256.New(), streams: map[string]*streamState{}}
	for r.end == nil {
		if err := r.next(); err != nil {
			return nil, Signature{}, err
		}
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, Signature{}, fmt.Errorf("%w: something comes after its end", ErrDamaged)
	}
	m := new(Manifest)
	if err := decode(r.end.Manifest, m); err != nil {
		return nil, Signature{}, err
	}
	return m, Signature{r.end.Manifest, r.end.Signature}, r.compare(m)
}

// reader reads frames.
type reader struct {
	in      *bufio.Reader
	visitor Visitor
	sum     hash.Hash
	head    *Head
	streams map[string]*streamState
	tables  []Part
	files   []Part
	rows    *readRows // of the table that is being read
	end     *signed
	digest  string // of what came before the end
	buffer  []byte
}

type readRows struct {
	part Part
	sum  hash.Hash
}

func (r *reader) next() error {
	var head [5]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return damaged(err)
	}
	length := binary.BigEndian.Uint32(head[1:])
	if length > frameLimit {
		return fmt.Errorf("%w: a frame of %d bytes", ErrDamaged, length)
	}
	content, err := r.fill(int(length))
	if err != nil {
		return err
	}
	if head[0] == frameEnd {
		r.digest = hex.EncodeToString(r.sum.Sum(nil))
	}
	r.sum.Write(head[:])
	r.sum.Write(content)
	if (r.head == nil) != (head[0] == frameHead) {
		return fmt.Errorf("%w: it does not begin as a backup", ErrDamaged)
	}
	if head[0] != frameRows {
		if err := r.endTable(); err != nil {
			return err
		}
	}
	return r.take(head[0], content)
}

// fill reads so many bytes. Room is made as they come: a length that is a lie costs nothing.
func (r *reader) fill(length int) ([]byte, error) {
	r.buffer = r.buffer[:0]
	for len(r.buffer) < length {
		n := min(length-len(r.buffer), frameUsual)
		r.buffer = append(r.buffer, make([]byte, n)...)
		if _, err := io.ReadFull(r.in, r.buffer[len(r.buffer)-n:]); err != nil {
			return nil, damaged(err)
		}
	}
	return r.buffer, nil
}

// damaged names what the reading below met. A file that is cut off, or whose ciphertext was touched, ends in such an error.
func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it breaks off", ErrDamaged)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

func (r *reader) take(kind byte, content []byte) error {
	switch kind {
	case frameHead:
		r.head = new(Head)
		if err := decode(content, r.head); err != nil {
			return err
		}
		if r.head.Format != format {
			return fmt.Errorf("%w: it is of format %d, and this program reads %d", ErrDamaged, r.head.Format, format)
		}
		return nil
	case frameMessages:
		return r.messages(content)
	case frameTable:
		return r.table(content)
	case frameRows:
		return r.takeRows(content)
	case frameFile:
		return r.file(content)
	case frameEnd:
		return r.takeEnd(content)
	}
	return fmt.Errorf("%w: an unknown frame", ErrDamaged)
}

// takeEnd reads the last frame, which has one spelling only.
func (r *reader) takeEnd(content []byte) error {
	r.end = new(signed)
	if err := decode(content, r.end); err != nil {
		return err
	}
	if written, err := encode(r.end); err != nil || !bytes.Equal(written, content) {
		return fmt.Errorf("%w: its end is not as it is written", ErrDamaged)
	}
	return nil
}

func (r *reader) messages(content []byte) error {
	first, rest, err := cut(content)
	if err != nil {
		return err
	}
	name := string(first)
	if treeOf(name) == "" {
		return fmt.Errorf("%w: it has messages of an unknown stream", ErrDamaged)
	}
	state := r.streams[name]
	if state == nil {
		state = newStreamState(name)
		r.streams[name] = state
	}
	var raws []eventlog.Raw
	for len(rest) > 0 {
		m, left, err := cutMessage(rest)
		if err != nil {
			return err
		}
		if err := state.add(m, rest[:len(rest)-len(left)]); err != nil {
			return err
		}
		raws, rest = append(raws, m), left
	}
	if r.visitor.Messages == nil {
		return nil
	}
	return r.visitor.Messages(name, raws)
}

func (r *reader) table(content []byte) error {
	var t tableHead
	if err := decode(content, &t); err != nil {
		return err
	}
	r.rows = &readRows{Part{Name: t.Name}, sha256.New()}
	if r.visitor.Table == nil {
		return nil
	}
	return r.visitor.Table(t.Name, t.Columns)
}

func (r *reader) takeRows(content []byte) error {
	if r.rows == nil {
		return fmt.Errorf("%w: it has rows of no table", ErrDamaged)
	}
	r.rows.part.Rows += countLines(content)
	r.rows.part.Bytes += uint64(len(content))
	r.rows.sum.Write(content)
	if r.visitor.Rows == nil {
		return nil
	}
	return r.visitor.Rows(content)
}

func (r *reader) endTable() error {
	if r.rows == nil {
		return nil
	}
	r.rows.part.Digest = hex.EncodeToString(r.rows.sum.Sum(nil))
	r.tables, r.rows = append(r.tables, r.rows.part), nil
	if r.visitor.EndTable == nil {
		return nil
	}
	return r.visitor.EndTable()
}

func (r *reader) file(content []byte) error {
	first, content, err := cut(content)
	if err != nil {
		return err
	}
	name := string(first)
	sum := sha256.Sum256(content)
	r.files = append(r.files, Part{Name: name, Bytes: uint64(len(content)), Digest: hex.EncodeToString(sum[:])})
	if r.visitor.File == nil {
		return nil
	}
	return r.visitor.File(name, content)
}

// compare holds what was read to the manifest.
func (r *reader) compare(m *Manifest) error {
	if m.Digest != r.digest || m.Head != *r.head {
		return fmt.Errorf("%w: its manifest is another's", ErrDamaged)
	}
	if !sameParts(m.Tables, r.tables) || !sameParts(m.Files, r.files) {
		return fmt.Errorf("%w: its tables or files are not those of its manifest", ErrDamaged)
	}
	for _, tree := range transparency.Trees() {
		said := m.Stream(tree.Stream())
		if m.Kind == KindKeys && said == (Stream{}) {
			continue
		}
		state := r.streams[tree.Stream()]
		if state == nil {
			state = newStreamState(tree.Stream())
		}
		found := state.state()
		found.Checkpoint = said.Checkpoint
		if found != said {
			return fmt.Errorf("%w: the messages of the stream %s are not those of its manifest", ErrDamaged, said.Name)
		}
	}
	return nil
}

func sameParts(a, b []Part) bool { return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b)) }

// cutMessage cuts the first message off.
func cutMessage(from []byte) (eventlog.Raw, []byte, error) {
	position, n := binary.Uvarint(from)
	if n <= 0 {
		return eventlog.Raw{}, nil, errMessage
	}
	from = from[n:]
	accepted, n := binary.Varint(from)
	if n <= 0 {
		return eventlog.Raw{}, nil, errMessage
	}
	subject, rest, err := cut(from[n:])
	if err != nil {
		return eventlog.Raw{}, nil, err
	}
	data, rest, err := cut(rest)
	if err != nil {
		return eventlog.Raw{}, nil, err
	}
	return eventlog.Raw{Position: position, Subject: string(subject), Accepted: time.Unix(0, accepted).UTC(), Data: bytes.Clone(data)}, rest, nil
}

var errMessage = fmt.Errorf("%w: a message in it cannot be read", ErrDamaged)

// cut cuts off what has its length before it.
func cut(from []byte) (part, rest []byte, err error) {
	length, n := binary.Uvarint(from)
	if n <= 0 || length > uint64(len(from)-n) {
		return nil, nil, errMessage
	}
	end := n + int(length)
	return from[n:end], from[end:], nil
}

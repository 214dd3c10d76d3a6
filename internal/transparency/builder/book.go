package builder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"songtor/internal/durable"
	"songtor/internal/transparency"
)

// book is the file of the checkpoints that were signed, apart from the database: each a signed note, with an empty line after it. It only
// grows. A database that was put back to an earlier time does not take it along.
type book struct {
	file string
	mu   sync.Mutex // both trees write into one book
}

// openBook cuts off what a power cut left of the last entry. Its checkpoint was never given out.
func openBook(file string) (*book, error) {
	b := &book{file: file}
	content, err := b.content()
	if err != nil {
		return nil, err
	}
	whole := 0
	for {
		entry, _, ok := cutEntry(content[whole:])
		if !ok {
			break
		}
		whole += len(entry) + 1
	}
	if whole < len(content) {
		if err := os.Truncate(file, int64(whole)); err != nil {
			return nil, fmt.Errorf("couldn't mend the file of checkpoints: %w", err)
		}
	}
	return b, nil
}

func (b *book) content() ([]byte, error) {
	content, err := os.ReadFile(b.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("couldn't read the file of checkpoints: %w", err)
	}
	return content, nil
}

// written is a checkpoint in the book.
type written struct {
	transparency.Checkpoint
	note []byte
}

// add puts a signed checkpoint into the book, on disk.
func (b *book) add(signed []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return durable.Append(b.file, append(bytes.Clone(signed), '\n'))
}

// read returns the checkpoints of one tree in the order in which they were signed, each with a good signature. Anything in the book
// that is not a checkpoint is ErrBroken.
func (b *book) read(verifier note.Verifier) ([]written, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	content, err := b.content()
	if err != nil {
		return nil, err
	}
	var found []written
	for len(content) > 0 {
		entry, rest, whole := cutEntry(content)
		c, err := transparency.ParseCheckpoint(entry)
		if !whole || err != nil {
			return nil, fmt.Errorf("%w: the file of checkpoints is damaged", ErrBroken)
		}
		content = rest
		if c.Origin != verifier.Name() {
			continue
		}
		if _, err := note.Open(entry, note.VerifierList(verifier)); err != nil {
			return nil, fmt.Errorf("%w: the file of checkpoints has one of size %d that this service did not sign", ErrBroken, c.Size)
		}
		found = append(found, written{c, entry})
	}
	return found, nil
}

// cutEntry cuts off the first entry: a text, an empty line, signature lines and an empty line.
func cutEntry(content []byte) (entry, rest []byte, whole bool) {
	text := bytes.Index(content, []byte("\n\n"))
	if text < 0 {
		return nil, nil, false
	}
	end := bytes.Index(content[text+2:], []byte("\n\n"))
	if end < 0 {
		return nil, nil, false
	}
	end += text + 2
	return content[:end+1], content[end+2:], true
}

// ReadBook returns the checkpoints of a file of checkpoints that are not larger than their tree is to be, by its origin. Those of trees
// that are not named stay.
func ReadBook(file string, most map[string]int64) ([]byte, error) {
	b := &book{file: file}
	content, err := b.content()
	if err != nil {
		return nil, err
	}
	var kept []byte
	for {
		entry, rest, whole := cutEntry(content)
		if !whole {
			return kept, nil // what is being written at this moment
		}
		c, err := transparency.ParseCheckpoint(entry)
		if err != nil {
			return nil, fmt.Errorf("%w: the file of checkpoints is damaged", ErrBroken)
		}
		if size, named := most[c.Origin]; !named || c.Size <= size {
			kept = append(append(kept, entry...), '\n')
		}
		content = rest
	}
}

package upload

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const workArgument = "clean-picture"

// TestMain makes the test binary a worker where it is asked to be one.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == workArgument {
		os.Exit(Work(os.Args[2], os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func worker() *Worker { return NewWorker(2, os.Args[0], workArgument) }

// dirty returns the samples that a cleaner leaves something in.
func dirty(t *testing.T, clean Cleaner, all []sample) (names []string) {
	t.Helper()
	for _, s := range all {
		content, err := clean.Clean(t.Context(), s.kind, s.content)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if found := extras(s.kind, content); len(found) > 0 {
			names = append(names, s.name+": "+strings.Join(found, ", "))
		}
	}
	return names
}

func TestNothingButThePointsOfAPictureIsLeft(t *testing.T) {
	t.Parallel()
	all := samples(t)
	if len(all) < 115 {
		t.Fatalf("there are %d samples only", len(all))
	}
	for _, name := range dirty(t, Inside{}, all) {
		t.Error(name)
	}
	for _, name := range dirty(t, worker(), all[:4]) {
		t.Errorf("by the worker: %s", name)
	}
}

// passthrough is the cleaner that forgot to clean.
type passthrough struct{}

func (passthrough) Clean(_ context.Context, _ Kind, picture []byte) ([]byte, error) {
	return picture, nil
}

// The control: the same search finds something in every sample that is passed on as it is.
func TestTheSearchFindsWhatIsNotCleaned(t *testing.T) {
	t.Parallel()
	all := samples(t)
	if found := dirty(t, passthrough{}, all); len(found) != len(all) {
		t.Errorf("of %d dirty pictures %d are found", len(all), len(found))
	}
}

// TestExiftoolAgrees asks a program that knows more metadata than we do. Where it is not installed the reading in extras stands alone.
func TestExiftoolAgrees(t *testing.T) {
	t.Parallel()
	exiftool, err := exec.LookPath("exiftool")
	if err != nil {
		t.Log("exiftool is not installed: not asked")
		return
	}
	before, after := t.TempDir(), t.TempDir()
	for i, s := range samples(t) {
		clean, err := Inside{}.Clean(t.Context(), s.kind, s.content)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(s.name, "/", "-") + string(rune('a'+i%26)) + s.kind.Extensions[0]
		for dir, content := range map[string][]byte{before: s.content, after: clean} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask := func(dir string) string {
		out, _ := exec.CommandContext(t.Context(), exiftool, "-r", "-a", "-G", "-EXIF:all", "-XMP:all", "-GPS:all", "-IPTC:all", "-ICC_Profile:all", dir).Output()
		return string(out)
	}
	if !strings.Contains(ask(before), planted) {
		t.Error("exiftool finds nothing in the dirty pictures either")
	}
	if found := ask(after); strings.Contains(found, "GPS") || strings.Contains(found, planted) || strings.Contains(found, "[EXIF]") || strings.Contains(found, "[XMP]") {
		t.Errorf("exiftool finds %s", found)
	}
}

// TestPicturesAreUpright sees that the red corner comes to where the orientation says, before the orientation is lost.
func TestPicturesAreUpright(t *testing.T) {
	t.Parallel()
	for orientation, want := range map[int]struct{ red, green string }{
		1: {"upper left", "upper right"}, 2: {"upper right", "upper left"}, 3: {"lower right", "lower left"}, 4: {"lower left", "lower right"},
		5: {"upper left", "lower left"}, 6: {"upper right", "lower right"}, 7: {"lower right", "upper right"}, 8: {"lower left", "upper left"},
		0: {"upper left", "upper right"}, 9: {"upper left", "upper right"},
	} {
		for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
			for k, content := range map[int][]byte{
				0: jpegWith(encodedJPEG(t), 0xe1, append([]byte("Exif\x00\x00"), tiff(order, orientation)...)),
				1: pngWith(encodedPNG(t), "eXIf", tiff(order, orientation)),
			} {
				clean, err := Inside{}.Clean(t.Context(), kinds[k], content)
				if err != nil {
					t.Fatal(err)
				}
				img, _, err := image.Decode(bytes.NewReader(clean))
				if err != nil {
					t.Fatal(err)
				}
				if red, green := corner(img, 0), corner(img, 1); red != want.red || green != want.green {
					t.Errorf("%s, orientation %d: red %s, green %s", kinds[k].MediaType, orientation, red, green)
				}
			}
		}
	}
}

// corner says in which corner of a picture a channel is strongest: 0 red, 1 green.
func corner(img image.Image, channel int) string {
	b := img.Bounds()
	best, where := uint32(0), "nowhere"
	for name, at := range map[string]image.Point{
		"upper left": {2, 2}, "upper right": {b.Dx() - 3, 2}, "lower left": {2, b.Dy() - 3}, "lower right": {b.Dx() - 3, b.Dy() - 3},
	} {
		r, g, _, _ := img.At(b.Min.X+at.X, b.Min.Y+at.Y).RGBA()
		if strength := []uint32{r, g}[channel]; strength > best {
			best, where = strength, name
		}
	}
	return where
}

// flood is a small file that claims to be a picture of so many points.
func flood(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	header = append(header, 8, 6, 0, 0, 0) // 8 bits, red green blue and alpha
	var points bytes.Buffer
	compressed := zlib.NewWriter(&points)
	_, _ = compressed.Write(make([]byte, 100))
	_ = compressed.Close()
	return append(append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header)...), chunk("IDAT", points.Bytes())...)
}

func floodJPEG(t *testing.T) []byte {
	t.Helper()
	content := encodedJPEG(t)
	at := bytes.Index(content, []byte{0xff, 0xc0})
	copy(content[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	return content
}

// allocated is how many bytes something asked for. The tests that use it do not run beside others.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

const (
	floodTime   = 100 * time.Millisecond
	floodMemory = 64 << 20
)

func TestAPixelFloodIsRefusedAtOnce(t *testing.T) { //nolint:paralleltest // measures the memory of the process
	for name, f := range map[string]struct {
		kind    Kind
		content []byte
	}{
		"PNG": {kinds[1], flood(60_000, 60_000)}, "PNG just over": {kinds[1], flood(MaxPixels/1000+1, 1000)}, "JPEG": {kinds[0], floodJPEG(t)},
		"PNG of no size that overflows": {kinds[1], flood(1<<31-1, 1<<31-1)},
	} {
		fastest := time.Hour
		for range 5 { // the machine may be busy with something else
			start := time.Now()
			used := allocated(func() {
				if _, err := worker().Clean(t.Context(), f.kind, f.content); !errors.Is(err, ErrPixels) && !errors.Is(err, ErrDamaged) {
					t.Errorf("%s: %v", name, err)
				}
			})
			fastest = min(fastest, time.Since(start))
			if used > floodMemory {
				t.Errorf("%s: %d bytes", name, used)
			}
		}
		if fastest > floodTime {
			t.Errorf("%s: took %v", name, fastest)
		}
	}
	if err := checkSize(kinds[1], flood(MaxPixels/1000, 1000)); err != nil {
		t.Errorf("a picture of exactly so many points: %v", err)
	}
	// The control: without the look at its head the flood takes the memory.
	if used := allocated(func() { _, _ = reencode(kinds[1], flood(8000, 6000)) }); used < floodMemory {
		t.Errorf("without the check a flood takes %d bytes only", used)
	}
}

func TestDamagedPicturesAreRefused(t *testing.T) {
	t.Parallel()
	whole := encodedJPEG(t)
	for name, s := range map[string]sample{
		"cut short": {kind: kinds[0], content: whole[:len(whole)/2]}, "nothing": {kind: kinds[0]}, "another kind": {kind: kinds[1], content: whole},
		"head alone": {kind: kinds[1], content: encodedPNG(t)[:40]},
	} {
		for by, cleaner := range map[string]Cleaner{"inside": Inside{}, "worker": worker()} {
			if _, err := cleaner.Clean(t.Context(), s.kind, s.content); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s %s: %v", name, by, err)
			}
		}
	}
	if _, err := (Inside{}).Clean(t.Context(), kinds[2], []byte("%PDF-")); !errors.Is(err, ErrDamaged) {
		t.Errorf("a document: %v", err)
	}
}

func TestAWorkerEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := worker().Clean(ctx, kinds[0], encodedJPEG(t)); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	none := NewWorker(1, filepath.Join(t.TempDir(), "none"))
	if _, err := none.Clean(t.Context(), kinds[0], encodedJPEG(t)); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a worker that cannot be started gives %v", err)
	}
}

func TestContentTypeAndNameAgree(t *testing.T) {
	t.Parallel()
	wav := "RIFF\x24\x00\x00\x00WAVEfmt "
	for _, c := range []struct{ name, mediaType, content, want string }{
		{"a.jpg", "image/jpeg", string(encodedJPEG(t)), "image/jpeg"},
		{"รูปถ่าย 1.JPEG", "image/jpg", string(encodedJPEG(t)), "image/jpeg"},
		{"a.png", "image/png", string(encodedPNG(t)), "image/png"},
		{"a.pdf", "application/pdf", "%PDF-1.7\n", "application/pdf"},
		{"a.txt", "text/plain; charset=utf-8", "สวัสดี\r\n\tบ้าน", "text/plain"},
		{"a.txt", `TEXT/Plain;charset="utf-8"`, "x", "text/plain"},
		{"a.mp3", "audio/mpeg", "ID3\x04", "audio/mpeg"},
		{"a.mp3", "audio/mpeg", "\xff\xfb\x90\x00", "audio/mpeg"},
		{"a.m4a", "audio/mp4", "\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"},
		{"a.opus", "audio/ogg", "OggS\x00\x02", "audio/ogg"},
		{"a.wav", "audio/wav", wav, "audio/wav"},
		{"a.amr", "audio/amr", "#!AMR\n", "audio/amr"},
		{"a.flac", "audio/flac", "fLaC\x00", "audio/flac"},

		{"a.png", "image/jpeg", string(encodedJPEG(t)), ""},
		{"a.jpg", "image/png", string(encodedJPEG(t)), ""},
		{"a.jpg", "image/jpeg", string(encodedPNG(t)), ""},
		{"a.jpg.exe", "image/jpeg", string(encodedJPEG(t)), ""},
		{"a", "image/jpeg", string(encodedJPEG(t)), ""},
		{"a.html", "text/html", "<html>", ""},
		{"a.svg", "image/svg+xml", "<svg/>", ""},
		{"a.txt", "text/plain; charset=utf-16", "x", ""},
		{"a.txt", "text/plain", "\x00", ""},
		{"a.txt", "text/plain", "\xff", ""},
		{"a.pdf", "application/pdf", "MZ%PDF-", ""},
		{"a.gif", "image/gif", "GIF89a", ""},
		{"a.mp3", "audio/mpeg", "MZ\x90", ""},
		{"a.m4a", "audio/mp4", "\x00\x00\x00\x20ftypqt  ", ""},
		{"a.exe", "application/octet-stream", "MZ", ""},
		{"a.jpg", "", string(encodedJPEG(t)), ""},
	} {
		k, err := KindOf(c.name, c.mediaType, []byte(c.content))
		if k.MediaType != c.want || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, ErrKind) {
			t.Errorf("%s as %s: got %q, %v", c.name, c.mediaType, k.MediaType, err)
		}
	}
	for _, k := range Kinds() {
		if k.Extension() == "" || !strings.HasPrefix(k.Extension(), ".") {
			t.Errorf("%s has the ending %q", k.MediaType, k.Extension())
		}
	}
}

// FuzzClean holds that no picture makes a cleaner fail otherwise than by one of its errors, and that what it gives is clean.
func FuzzClean(f *testing.F) {
	for i, s := range samples(f) {
		if i%8 == 0 {
			f.Add(s.kind.MediaType == "image/png", s.content)
		}
	}
	f.Add(true, flood(6000, 6000))
	f.Fuzz(func(t *testing.T, isPNG bool, content []byte) {
		k := kinds[0]
		if isPNG {
			k = kinds[1]
		}
		if config, err := decodeConfig(k, content); err == nil && config.Width > 1000_000/max(config.Height, 1) {
			return // within bounds, but slow to try again and again
		}
		clean, err := Inside{}.Clean(t.Context(), k, content)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrPixels) {
				t.Fatal(err)
			}
			return
		}
		if found := extras(k, clean); len(found) > 0 {
			t.Fatalf("left %v", found)
		}
		decode := jpeg.Decode
		if isPNG {
			decode = png.Decode
		}
		if _, err := decode(bytes.NewReader(clean)); err != nil {
			t.Fatalf("what was cleaned cannot be read: %v", err)
		}
	})
}

// FuzzKindOf holds that a kind is found by content, type and name together only.
func FuzzKindOf(f *testing.F) {
	f.Add("a.jpg", "image/jpeg", []byte("\xff\xd8\xff"))
	f.Add("a.txt", "text/plain; charset=utf-8", []byte("x"))
	f.Fuzz(func(t *testing.T, name, mediaType string, content []byte) {
		k, err := KindOf(name, mediaType, content)
		if err == nil && (!k.is(content) || !strings.HasPrefix(strings.TrimSpace(strings.ToLower(mediaType)), k.MediaType[:5]) && k.MediaType != "audio/ogg") {
			t.Fatalf("%q as %q is %s", name, mediaType, k.MediaType)
		}
	})
}

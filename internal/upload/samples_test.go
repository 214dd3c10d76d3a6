package upload

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// planted is written into every piece of metadata.
const planted = "PLANTED-18.7883N-98.9853E"

// sample is a picture with something in it that must not leave.
type sample struct {
	name    string
	kind    Kind
	content []byte
}

// corners is a blue picture whose upper left corner is red and whose upper right corner is green.
func corners() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			c := color.NRGBA{0, 0, 255, 255}
			switch {
			case x < 16 && y < 16:
				c = color.NRGBA{255, 0, 0, 255}
			case x >= 32 && y < 16:
				c = color.NRGBA{0, 255, 0, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func encodedJPEG(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, corners(), &jpeg.Options{Quality: 95}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func encodedPNG(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, corners()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// tiff is an EXIF structure: orientation, camera, and a place.
func tiff(order binary.ByteOrder, orientation int) []byte {
	var b bytes.Buffer
	write := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, order, v) // a buffer takes everything
		}
	}
	mark := "MM"
	if order == binary.ByteOrder(binary.LittleEndian) {
		mark = "II"
	}
	b.WriteString(mark)
	text := planted + "\x00"
	const entries, gpsEntries = 3, 2
	firstFree := uint32(8 + 2 + entries*12 + 4)
	gpsAt := firstFree + uint32(len(text))
	gpsFree := gpsAt + 2 + gpsEntries*12 + 4
	write(uint16(42), uint32(8), uint16(entries))
	write(uint16(0x010f), uint16(2), uint32(len(text)), firstFree)                              // make
	write(uint16(orientationTag), uint16(shortType), uint32(1), uint16(orientation), uint16(0)) // orientation
	write(uint16(0x8825), uint16(4), uint32(1), gpsAt)                                          // GPS directory
	write(uint32(0))
	b.WriteString(text)
	write(uint16(gpsEntries), uint16(1), uint16(2), uint32(2), [4]byte{'N'})
	write(uint16(2), uint16(5), uint32(3), gpsFree, uint32(0))
	write(uint32(18), uint32(1), uint32(47), uint32(1), uint32(18), uint32(1))
	return b.Bytes()
}

func jpegWith(base []byte, marker byte, data []byte) []byte {
	segment := append([]byte{0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(data)+2))...)
	return append(append(append([]byte{}, base[:2]...), append(segment, data...)...), base[2:]...)
}

func pngWith(base []byte, name string, data []byte) []byte {
	const afterHeader = 8 + 8 + 13 + 4
	return append(append(append([]byte{}, base[:afterHeader]...), chunk(name, data)...), base[afterHeader:]...)
}

func chunk(name string, data []byte) []byte {
	body := append([]byte(name), data...)
	c := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), body...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(body))
}

const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>` + planted + `</exif:GPSLatitude></x:xmpmeta>`

// samples are pictures of each kind with each kind of metadata, in each orientation and order of bytes, alone and with a second file
// behind them.
func samples(tb testing.TB) []sample {
	tb.Helper()
	inJPEG := map[string]func(orientation int, order binary.ByteOrder, base []byte) []byte{
		"EXIF": func(o int, order binary.ByteOrder, base []byte) []byte {
			return jpegWith(base, 0xe1, append([]byte("Exif\x00\x00"), tiff(order, o)...))
		},
		"XMP": func(_ int, _ binary.ByteOrder, base []byte) []byte {
			return jpegWith(base, 0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00"+xmp))
		},
		"ICC": func(_ int, _ binary.ByteOrder, base []byte) []byte {
			return jpegWith(base, 0xe2, []byte("ICC_PROFILE\x00\x01\x01"+strings.Repeat(planted, 8)))
		},
		"IPTC": func(_ int, _ binary.ByteOrder, base []byte) []byte {
			return jpegWith(base, 0xed, []byte("Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x20"+planted))
		},
		"comment": func(_ int, _ binary.ByteOrder, base []byte) []byte {
			return jpegWith(base, 0xfe, []byte("<script>"+planted+"</script>"))
		},
	}
	inPNG := map[string]func(orientation int, order binary.ByteOrder, base []byte) []byte{
		"eXIf": func(o int, order binary.ByteOrder, base []byte) []byte { return pngWith(base, "eXIf", tiff(order, o)) },
		"tEXt": func(_ int, _ binary.ByteOrder, base []byte) []byte {
			return pngWith(base, "tEXt", []byte("Comment\x00"+planted))
		},
		"iTXt": func(_ int, _ binary.ByteOrder, base []byte) []byte {
			return pngWith(base, "iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp))
		},
	}
	jpegKind, pngKind := kinds[0], kinds[1]
	var all []sample
	add := func(k Kind, base []byte, ways map[string]func(int, binary.ByteOrder, []byte) []byte) {
		for way, with := range ways {
			for orientation := 1; orientation <= 8; orientation++ {
				for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
					name := fmt.Sprintf("%s with %s %d %v", k.MediaType, way, orientation, order)
					content := with(orientation, order, base)
					all = append(all, sample{name, k, content}, sample{name + " and a file behind", k, append(content[:len(content):len(content)], "PK\x03\x04"+planted...)})
				}
			}
		}
	}
	add(jpegKind, encodedJPEG(tb), inJPEG)
	add(pngKind, encodedPNG(tb), inPNG)
	return all
}

// extras lists what is in a picture beside its points, by a reading of its own. It is the oracle of the tests.
func extras(k Kind, content []byte) []string {
	var found []string
	if bytes.Contains(content, []byte(planted)) {
		found = append(found, "the planted text")
	}
	if k.MediaType == "image/png" {
		return append(found, pngExtras(content)...)
	}
	return append(found, jpegExtras(content)...)
}

func jpegExtras(content []byte) (found []string) {
	at := 2
	for at+4 <= len(content) && content[at] == 0xff && content[at+1] != 0xda {
		if m := content[at+1]; m >= 0xe0 && m <= 0xef || m == 0xfe {
			found = append(found, fmt.Sprintf("segment %x", m))
		}
		at += 2 + int(binary.BigEndian.Uint16(content[at+2:]))
	}
	if end := bytes.Index(content, []byte{0xff, 0xd9}); end != len(content)-2 {
		found = append(found, "something behind the end")
	}
	return found
}

func pngExtras(content []byte) (found []string) {
	at := 8
	for at+12 <= len(content) {
		name := string(content[at+4 : at+8])
		if !strings.Contains("IHDR PLTE tRNS IDAT IEND", name) {
			found = append(found, "chunk "+name)
		}
		at += 12 + int(binary.BigEndian.Uint32(content[at:]))
		if name == "IEND" {
			break
		}
	}
	if at != len(content) {
		found = append(found, "something behind the end")
	}
	return found
}

package upload

import (
	"bytes"
	"encoding/binary"
)

const (
	orientationTag = 0x0112
	shortType      = 3
)

// jpegOrientation finds the orientation that the EXIF segment of a JPEG tells, or 0.
func jpegOrientation(picture []byte) int {
	for at := 2; at+4 <= len(picture) && picture[at] == 0xff; {
		marker, length := picture[at+1], int(binary.BigEndian.Uint16(picture[at+2:]))
		if marker == 0xda || length < 2 || at+2+length > len(picture) {
			return 0
		}
		if tiff, is := bytes.CutPrefix(picture[at+4:at+2+length], []byte("Exif\x00\x00")); marker == 0xe1 && is {
			return tiffOrientation(tiff)
		}
		at += 2 + length
	}
	return 0
}

// pngOrientation finds the orientation that the chunk eXIf of a PNG tells, or 0.
func pngOrientation(picture []byte) int {
	const head, foot = 8, 4 // length and name before the data, checksum behind it
	for at := len("\x89PNG\r\n\x1a\n"); at+head <= len(picture); {
		length := int(binary.BigEndian.Uint32(picture[at:]))
		if length < 0 || length > len(picture)-at-head-foot {
			return 0
		}
		if string(picture[at+4:at+8]) == "eXIf" {
			return tiffOrientation(picture[at+head : at+head+length])
		}
		at += head + length + foot
	}
	return 0
}

// tiffOrientation finds the tag in the first directory of a TIFF structure.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	directory := int64(order.Uint32(tiff[4:]))
	if directory+2 > int64(len(tiff)) {
		return 0
	}
	const entrySize = 12
	entries := int(order.Uint16(tiff[directory:]))
	for i := range entries {
		at := directory + 2 + int64(i)*entrySize
		if at+entrySize > int64(len(tiff)) {
			return 0
		}
		entry := tiff[at:]
		if order.Uint16(entry) == orientationTag && order.Uint16(entry[2:]) == shortType {
			return int(order.Uint16(entry[8:]))
		}
	}
	return 0
}

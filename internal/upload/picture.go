package upload

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// MaxPixels is how many points a picture may have: a camera of 40 megapixels. A decoder needs up to eight bytes for each.
const MaxPixels = 40_000_000

// quality of the JPEG that is written: what cameras write, so that little is lost.
const quality = 92

// Cleaner makes pictures clean.
type Cleaner interface {
	// Clean returns the picture encoded anew, upright and without anything but its points. Fails with ErrPixels, ErrDamaged, ErrKind and
	// ErrBusy.
	Clean(ctx context.Context, k Kind, picture []byte) ([]byte, error)
}

// Inside makes pictures clean in this process. A fault of a decoder is contained, its hunger for memory is not: see Worker.
type Inside struct{}

// Clean implements Cleaner.
func (Inside) Clean(_ context.Context, k Kind, picture []byte) ([]byte, error) {
	if err := checkSize(k, picture); err != nil {
		return nil, err
	}
	return reencode(k, picture)
}

// checkSize reads the head of a picture alone, so that a small file that claims to be a huge picture costs nothing.
func checkSize(k Kind, picture []byte) error {
	config, err := decodeConfig(k, picture)
	switch {
	case err != nil:
		return ErrDamaged
	case config.Width <= 0 || config.Height <= 0:
		return ErrDamaged
	case config.Width > MaxPixels/config.Height:
		return ErrPixels
	}
	return nil
}

func decodeConfig(k Kind, picture []byte) (image.Config, error) {
	switch k.MediaType {
	case "image/jpeg":
		return jpeg.DecodeConfig(bytes.NewReader(picture))
	case "image/png":
		return png.DecodeConfig(bytes.NewReader(picture))
	}
	return image.Config{}, ErrKind
}

// reencode decodes a picture of which the size is known to be bounded, and encodes it anew.
func reencode(k Kind, picture []byte) (clean []byte, err error) {
	defer func() {
		if recover() != nil {
			clean, err = nil, ErrDamaged
		}
	}()
	decode, orientation := jpeg.Decode, jpegOrientation
	if k.MediaType == "image/png" {
		decode, orientation = png.Decode, pngOrientation
	}
	decoded, err := decode(bytes.NewReader(picture))
	if err != nil {
		return nil, ErrDamaged
	}
	upright := turn(decoded, orientation(picture))
	var out bytes.Buffer
	if k.MediaType == "image/png" {
		err = png.Encode(&out, upright)
	} else {
		err = jpeg.Encode(&out, upright, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a picture: %w", err)
	}
	return out.Bytes(), nil
}

// turn sets a picture upright by the orientation of EXIF, 1 to 8; 1 and everything unknown is upright already.
func turn(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	from := image.NewNRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(from, from.Bounds(), img, img.Bounds().Min, draw.Src)
	w, h := from.Rect.Dx(), from.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	to := image.NewNRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := turned(orientation, x, y, w, h)
			copy(to.Pix[to.PixOffset(tx, ty):][:4], from.Pix[from.PixOffset(x, y):][:4])
		}
	}
	return to
}

// turned says where a point of a picture of width w and height h comes to lie (EXIF 2.32, tag 0x0112).
func turned(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	}
	return y, w - 1 - x // 8
}

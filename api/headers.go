package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// contentPolicy lets the application load what the service itself serves, and nothing else do anything. The page makes no text into
// HTML or script: its one policy of trusted types admits the service worker's address alone. Its forms are sent by its scripts, so that
// none may send itself and put a password into an address. Pictures may be data, for the marks of controls; sounds may be blobs, because
// a kept file that is played in parts breaks some browsers.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types app; report-uri " + prefix + reportsPath + "; report-to csp"

// reportingEndpoints names the address behind report-to.
const reportingEndpoints = `csp="` + prefix + reportsPath + `"`

// permissionsPolicy takes everything from the page that it does not need; what it needs is the keys that people sign in with.
const permissionsPolicy = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), " +
	"gyroscope=(), hid=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), " +
	"publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"

// transportSecurity keeps browsers on TLS for two years, on all names below this one, and lets the name be built into them.
const transportSecurity = "max-age=63072000; includeSubDomains; preload"

// headers sets what every answer carries. Answers of the API are stored nowhere unless a handler says otherwise.
func (s *server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Reporting-Endpoints", reportingEndpoints)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", permissionsPolicy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !s.demo {
			h.Set("Strict-Transport-Security", transportSecurity)
		}
		if underAPI(c) {
			h.Set(echo.HeaderCacheControl, "no-store")
		}
		return next(c)
	}
}

// digest is the ETag of data that is part of the program.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// unchanged marks an answer as cacheable by its reader under etag, and answers 304 where the reader has it already.
func unchanged(c echo.Context, etag string) (bool, error) {
	etag = `"` + etag + `"`
	h := c.Response().Header()
	h.Set("ETag", etag)
	h.Set(echo.HeaderCacheControl, "private, no-cache")
	for _, candidate := range strings.Split(c.Request().Header.Get("If-None-Match"), ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true, c.NoContent(http.StatusNotModified)
		}
	}
	return false, nil
}

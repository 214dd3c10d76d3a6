package api

import (
	_ "embed"
	"net/http"

	"github.com/labstack/echo/v4"
)

//go:embed openapi.yaml
var openAPIDocument []byte

// openAPI serves the description of this API.
func (s *server) openAPI(c echo.Context) error {
	if done, err := unchanged(c, digest(openAPIDocument)); done {
		return err
	}
	return c.Blob(http.StatusOK, "application/yaml", openAPIDocument)
}

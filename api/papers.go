package api

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/letter"
)

const pdfType = "application/pdf"

// summary answers GET /cases/{id}/summary.pdf.
func (s *server) summary(c echo.Context) error {
	return s.paper(c, "summary", func(ctx context.Context, caseID, language string) ([]byte, error) {
		return s.app.CaseSummary(ctx, principal(c), caseID, language)
	})
}

// letter answers GET /cases/{id}/referrals/{referral}/letter.pdf.
func (s *server) letter(c echo.Context) error {
	referral, ok := canonicalID(c.Param("referral"))
	if !ok {
		return app.ErrNotFound
	}
	return s.paper(c, "letter", func(ctx context.Context, caseID, language string) ([]byte, error) {
		return s.app.ReferralLetter(ctx, principal(c), caseID, referral, language)
	})
}

// paper sends what is to be printed as a file to be saved. Its name says nothing about the case: names of files are seen by others.
func (s *server) paper(c echo.Context, name string, write func(ctx context.Context, caseID, language string) ([]byte, error)) error {
	q := readQuery(c, "lang")
	language := cmp.Or(choice(q, "lang", letter.Languages()...), letter.Languages()[0])
	if err := q.err(); err != nil {
		return err
	}
	caseID, err := pathID(c)
	if err != nil {
		return err
	}
	pdf, err := write(c.Request().Context(), caseID, language)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+"-"+language+`.pdf"`)
	h.Set(echo.HeaderContentSecurityPolicy, filePolicy)
	h.Set("X-Download-Options", "noopen")
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(pdf)))
	return c.Blob(http.StatusOK, pdfType, pdf)
}

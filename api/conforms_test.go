package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

var describedRoutes = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openAPIDocument)
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// conforms holds an answer against openapi.yaml: its status and headers, and its body where that is JSON.
func conforms(t testing.TB, request *http.Request, r response) {
	t.Helper()
	router, err := describedRoutes()
	must(t, err)
	route, parameters, err := router.FindRoute(request)
	if err != nil {
		return // the test asked for something that is not described
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: parameters, Route: route},
		Status:                 r.status,
		Header:                 r.header,
		Body:                   io.NopCloser(bytes.NewReader(r.body)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true,
			ExcludeResponseBody:   !strings.Contains(r.header.Get("Content-Type"), "json") || len(r.body) == 0 || strings.Contains(r.header.Get("Content-Type"), "ndjson"),
			MultiError:            true,
		},
	}
	if err := openapi3filter.ValidateResponse(context.WithoutCancel(t.Context()), input); err != nil {
		t.Errorf("%s %s answered %d, which openapi.yaml does not describe: %v", request.Method, request.URL.Path, r.status, err)
	}
}

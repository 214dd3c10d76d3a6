package api

import (
	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
)

// answer encodes v before anything is sent, so that a value that cannot be encoded becomes a problem and not half an answer.
func answer(c echo.Context, status int, v any) error {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	return c.Blob(status, jsonType, append(body, '\n'))
}

// listOf is a page of a list.
func listOf[T any](items []T, next string) list[T] { return list[T]{items, next} }

// list is the shape of every list.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"` // what to give as after for the page that follows; empty on the last
}

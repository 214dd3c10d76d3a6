package timeline

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"

	"songtor/domain"
)

var privateType = reflect.TypeFor[domain.Private]()

// shape is an event type without its personal parts: the struct of its clear fields and where each lies in the event.
type shape struct {
	fields reflect.Type
	from   []int
}

// shapes holds the shape of each event type once it has been met.
var shapes sync.Map // reflect.Type to shape

// clearFields is the JSON of an event's clear fields. A field in which a domain.Private can lie, at whatever depth, is left out whole.
// So is what events embed to share methods: it has no fields.
func clearFields(e domain.Event) ([]byte, error) {
	from := reflect.ValueOf(e).Elem()
	s := shapeOf(from.Type())
	to := reflect.New(s.fields).Elem()
	for i, n := range s.from {
		to.Field(i).Set(from.Field(n))
	}
	b, err := json.Marshal(to.Interface())
	if err != nil {
		return nil, fmt.Errorf("couldn't encode the clear fields of %s: %w", e.EventType(), err)
	}
	return b, nil
}

func shapeOf(event reflect.Type) shape {
	if s, ok := shapes.Load(event); ok {
		return s.(shape) //nolint:errcheck // only shapes are stored
	}
	var s shape
	var fields []reflect.StructField
	for i := range event.NumField() {
		f := event.Field(i)
		if f.IsExported() && !personal(f.Type) {
			fields, s.from = append(fields, reflect.StructField{Name: f.Name, Type: f.Type, Tag: f.Tag}), append(s.from, i)
		}
	}
	s.fields = reflect.StructOf(fields)
	shapes.Store(event, s)
	return s
}

// personal reports whether a Private can lie in a value of the type. What cannot be looked through counts as personal.
func personal(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return personal(t.Elem())
	case reflect.Map:
		return personal(t.Key()) || personal(t.Elem())
	case reflect.Struct:
		return t == privateType || anyPersonal(t)
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return true
	default:
		return false
	}
}

// anyPersonal looks at the fields that an encoding shows: exported ones, and those that an embedded struct lends to this one.
func anyPersonal(t reflect.Type) bool {
	for i := range t.NumField() {
		if f := t.Field(i); (f.IsExported() || f.Anonymous) && personal(f.Type) {
			return true
		}
	}
	return false
}

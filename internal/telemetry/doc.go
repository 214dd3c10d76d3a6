// Package telemetry measures the service for those who run it: figures for Prometheus, and spans for OpenTelemetry.
//
// Neither may tell anything about a person. Labels and attributes come from closed lists that do not grow with what people do: the route's
// pattern and never the path, an outcome and never an error's text, a position in the log and never the id of a case. What is not on the
// lists has no way in: the methods of Meter and Span take no other. What reaches the spans by another way is refused before it is sent.
//
// deployments/README.md lists every figure, with what it means and which alert rests on it.
package telemetry

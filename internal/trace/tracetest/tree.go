package tracetest

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
)

// A Span is what the collector was told of one.
type Span struct {
	Trace, ID, Parent string // hexadecimal digits; Parent empty for none
	State             string // tracestate
	Name              string
	Kind              string // server, client, producer, consumer or internal
	Start, End        time.Time
	Failed            string            // the status's message if it is an error
	Attrs             map[string]string // by name
	Links             []string          // trace-span
	Resource          map[string]string // of who has sent it
}

var kinds = map[wire.Span_SpanKind]string{
	wire.Span_SPAN_KIND_UNSPECIFIED: "unspecified", wire.Span_SPAN_KIND_INTERNAL: "internal", wire.Span_SPAN_KIND_SERVER: "server", wire.Span_SPAN_KIND_CLIENT: "client",
	wire.Span_SPAN_KIND_PRODUCER: "producer", wire.Span_SPAN_KIND_CONSUMER: "consumer",
}

// read reads a request, and says what no collector should be sent.
func read(r *collector.ExportTraceServiceRequest) (spans []Span, err error) {
	for _, from := range r.GetResourceSpans() {
		resource := texts(from.GetResource().GetAttributes())
		for _, scope := range from.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				if len(s.GetTraceId()) != 16 || len(s.GetSpanId()) != 8 || s.GetName() == "" || s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() {
					err = fmt.Errorf("a span that is none: %v", s)
				}
				is := Span{
					Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()), Parent: hex.EncodeToString(s.GetParentSpanId()), State: s.GetTraceState(),
					Name: s.GetName(), Kind: kinds[s.GetKind()], Attrs: texts(s.GetAttributes()), Resource: resource,
					Start: time.Unix(0, int64(s.GetStartTimeUnixNano())), End: time.Unix(0, int64(s.GetEndTimeUnixNano())),
				}
				if s.GetStatus().GetCode() == wire.Status_STATUS_CODE_ERROR {
					is.Failed = cmp.Or(s.GetStatus().GetMessage(), "?")
				}
				for _, l := range s.GetLinks() {
					is.Links = append(is.Links, hex.EncodeToString(l.GetTraceId())+"-"+hex.EncodeToString(l.GetSpanId()))
				}
				spans = append(spans, is)
			}
		}
	}
	return spans, err
}

func texts(list []*common.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range list {
		switch v := kv.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			m[kv.GetKey()] = v.StringValue
		case *common.AnyValue_IntValue:
			m[kv.GetKey()] = fmt.Sprint(v.IntValue)
		case *common.AnyValue_BoolValue:
			m[kv.GetKey()] = fmt.Sprint(v.BoolValue)
		default:
			m[kv.GetKey()] = fmt.Sprint(v)
		}
	}
	return m
}

// Spans are those that have come.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// Of are the spans of a trace.
func (c *Collector) Of(trace string) []Span {
	return slices.DeleteFunc(c.Spans(), func(s Span) bool { return s.Trace != trace })
}

// Named is the span of a trace with a name; ok is false if there is none, or more
// than one.
func (c *Collector) Named(trace, name string) (is Span, ok bool) {
	n := 0
	for _, s := range c.Of(trace) {
		if s.Name == name {
			is = s
			n++
		}
	}
	return is, n == 1
}

// Tree draws a trace: a span a line, below its parent and two spaces further
// right, in the order of their beginnings, as "kind name", and after an
// exclamation mark the message of one that failed. Spans whose parent has not come
// are roots.
func (c *Collector) Tree(trace string) string {
	below := map[string][]Span{}
	there := map[string]bool{}
	all := c.Of(trace)
	for _, s := range all {
		there[s.ID] = true
	}
	for _, s := range all {
		if !there[s.Parent] {
			s.Parent = ""
		}
		below[s.Parent] = append(below[s.Parent], s)
	}
	var b strings.Builder
	var draw func(parent, indent string)
	draw = func(parent, indent string) {
		slices.SortStableFunc(below[parent], func(a, b Span) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
		for _, s := range below[parent] {
			b.WriteString(indent + s.Kind + " " + s.Name)
			if s.Failed != "" {
				b.WriteString(" !" + s.Failed)
			}
			b.WriteString("\n")
			draw(s.ID, indent+"  ")
		}
	}
	draw("", "")
	return b.String()
}

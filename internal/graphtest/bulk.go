package graphtest

import (
	"encoding/json"
	"net/http"
	"slices"
)

const (
	bulkLimit = 50
	// bulkMaxBody is about 70 tokens.
	bulkMaxBody = 16 << 10
)

// bulkItem is what became of one item: a record or a refusal.
type bulkItem struct {
	input object
	rec   *record
	err   *graphError
}

// bulkCreate is the delta payload of D-bulk.
func (s *Server) bulkCreate(c *call) answer {
	if err := noQuery(c.r.URL); err != nil {
		return fail(err)
	}
	inputs, err := s.readDelta(c)
	if err != nil {
		return fail(err)
	}
	items := make([]bulkItem, len(inputs))
	var first *graphError
	for i, o := range inputs {
		rec, err := s.create(c, o, true)
		items[i] = bulkItem{input: o, rec: rec, err: err}
		if err != nil && (first == nil || err.loud) {
			first = err
		}
	}
	annotate := s.has(QuirkBulkPartialAnnotated)
	if first != nil && (!annotate || first.loud) {
		if !s.has(QuirkBulkPartialMade) || first.loud {
			s.undo(items)
		}
		return fail(first)
	}
	return s.bulkAnswer(items, first != nil)
}

func (s *Server) readDelta(c *call) ([]object, *graphError) {
	if s.has(QuirkBulkTooLarge) && len(c.body) > bulkMaxBody {
		return nil, refuse(http.StatusRequestEntityTooLarge, "requestEntityTooLarge", "The request body of %d bytes is too large.", len(c.body))
	}
	o, err := parseObject(c.body)
	if err != nil {
		return nil, err
	}
	if err := o.only("", "@context", "@odata.context", "value"); err != nil {
		return nil, err
	}
	name := "@context"
	if !o.has(name) {
		name = "@odata.context"
	}
	if v, err := o.required(name); err != nil || v != "#$delta" {
		return nil, badRequest("The payload must carry the context '#$delta'.")
	}
	var raw []json.RawMessage
	if jsonErr := json.Unmarshal(o["value"], &raw); jsonErr != nil || len(raw) == 0 {
		return nil, badRequest("The property 'value' must be a collection with at least one item.")
	}
	if s.has(QuirkBulkLimit) && len(raw) > bulkLimit {
		return nil, badRequest("The request has %d items, the maximum is %d.", len(raw), bulkLimit)
	}
	inputs := make([]object, len(raw))
	for i := range raw {
		if inputs[i], err = parseObject(raw[i]); err != nil {
			return nil, err
		}
	}
	return inputs, nil
}

func (s *Server) undo(items []bulkItem) {
	for _, it := range items {
		if it.rec != nil {
			s.store.drop(it.rec.ID)
		}
	}
}

func (s *Server) bulkAnswer(items []bulkItem, partial bool) answer {
	value := make([]any, len(items))
	for i, it := range items {
		if it.err != nil {
			value[i] = s.failedItem(it)
			continue
		}
		entity := s.deviceJSON(it.rec.Device)
		if s.has(QuirkBulkItemsInDevice) {
			entity = map[string]any{"@odata.type": methodType, "id": it.rec.ID, "device": entity}
		}
		value[i] = entity
	}
	if s.has(QuirkBulkShuffled) {
		shuffle(value)
	}
	status := http.StatusCreated
	if s.has(QuirkBulkOK) || partial {
		status = http.StatusOK
	}
	return answer{status: status, body: map[string]any{
		"@odata.context": s.context(devicesContext + "/$delta"),
		"value":          value,
	}}
}

// failedItem is the annotation that OData 4.01 section 8.2.8.6 allows; the input comes back without its secret.
func (s *Server) failedItem(it bulkItem) map[string]any {
	failed := map[string]any{}
	for name, raw := range it.input {
		failed[name] = raw
	}
	if it.input.has("secretKey") {
		failed["secretKey"] = nil
	}
	failed["@Core.DataModificationException"] = map[string]any{
		"@odata.type":     "#Org.OData.Core.V1.DataModificationExceptionType",
		"failedOperation": "insert",
		"responseCode":    it.err.status,
		"info":            map[string]any{"code": s.errorCode(it.err.code), "message": it.err.message},
	}
	return failed
}

// shuffle is deterministic: the second half, backwards, comes first.
func shuffle[T any](items []T) {
	half := len(items) / 2
	tail := slices.Clone(items[half:])
	slices.Reverse(tail)
	copy(items, append(tail, items[:half]...))
}

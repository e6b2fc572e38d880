package graphtest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listQuery is what a client asked of a list.
type listQuery struct {
	values url.Values
	filter string
	fields []string
	top    int // 0: not given
	after  int // the sequence number behind which the page begins
}

// item is one element of a list with its place in it.
type item struct {
	seq    int
	entity map[string]any
}

// noQuery refuses every query option: "This method does not support optional query parameters" (D-get).
func noQuery(u *url.URL) *graphError {
	_, err := parseListQuery(u)
	return err
}

func parseListQuery(u *url.URL, supported ...string) (listQuery, *graphError) {
	values, parseErr := url.ParseQuery(u.RawQuery)
	if parseErr != nil {
		return listQuery{}, badRequest("The query is malformed: %v", parseErr)
	}
	q := listQuery{values: values, filter: values.Get("$filter")}
	for name, all := range values {
		if !slices.Contains(supported, name) {
			return q, unsupported(http.StatusBadRequest, "The query option '%s' is not supported here.", name)
		}
		if len(all) > 1 {
			return q, badRequest("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
	}
	if v := values.Get("$select"); v != "" {
		q.fields = strings.Split(v, ",")
	}
	if values.Has("$top") {
		n, err := strconv.Atoi(values.Get("$top"))
		if err != nil || n < 1 {
			return q, badRequest("Invalid value '%s' for $top query option found.", values.Get("$top"))
		}
		q.top = n
	}
	if values.Has("$skiptoken") {
		n, err := decodeSkipToken(values.Get("$skiptoken"))
		if err != nil {
			return q, err
		}
		q.after = n
	}
	return q, nil
}

func (q *listQuery) checkSelect(known []string) *graphError {
	for i, field := range q.fields {
		q.fields[i] = strings.TrimSpace(field)
		if !slices.Contains(known, q.fields[i]) {
			return unsupported(http.StatusBadRequest, "Could not find a property named '%s' in $select.", q.fields[i])
		}
	}
	return nil
}

func (q *listQuery) pick(entity map[string]any) map[string]any {
	if len(q.fields) == 0 {
		return entity
	}
	picked := map[string]any{}
	for _, field := range q.fields {
		if v, found := entity[field]; found {
			picked[field] = v
		}
	}
	return picked
}

// The token is a place in the order of creation, so that a list which changes between two pages neither repeats nor skips.
func encodeSkipToken(seq int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("after:" + strconv.Itoa(seq)))
}

func decodeSkipToken(token string) (int, *graphError) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, badRequest("The skip token is invalid.")
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(raw), "after:"))
	if err != nil {
		return 0, badRequest("The skip token is invalid.")
	}
	return n, nil
}

// page cuts the items to one page; $top is the size of a page, as in the rest of Graph.
func (s *Server) page(c *call, q listQuery, items []item, context string) answer {
	if s.has(QuirkTopLimit) && q.top > 999 {
		return fail(badRequest("Invalid page size specified: '%d'. Must be between 1 and 999 inclusive.", q.top))
	}
	size := s.cfg.pageSize
	if q.top > 0 {
		size = min(size, q.top)
	}
	items = slices.DeleteFunc(items, func(i item) bool { return i.seq <= q.after })
	if len(q.fields) > 0 {
		context += "(" + strings.Join(q.fields, ",") + ")"
	}
	body := map[string]any{"@odata.context": s.context(context)}
	if len(items) > size {
		items = items[:size]
		body["@odata.nextLink"] = s.nextLink(c, q, items[size-1].seq)
	}
	value := make([]map[string]any, len(items))
	for i := range items {
		value[i] = items[i].entity
	}
	body["value"] = value
	return ok(body)
}

func (s *Server) nextLink(c *call, q listQuery, seq int) string {
	q.values.Set("$skiptoken", encodeSkipToken(seq))
	link := url.URL{Path: betaRoot + c.record.Path}
	return s.url + link.EscapedPath() + "?" + q.values.Encode()
}

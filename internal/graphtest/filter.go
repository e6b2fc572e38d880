package graphtest

import (
	"net/http"
	"strconv"
	"strings"
)

// term is one `property eq literal` of a filter.
type term struct {
	property string
	text     string
	number   int
	quoted   bool
}

// deviceFilter builds the predicate for the properties that D-res marks as filterable.
func (s *Server) deviceFilter(filter string) (func(Device) bool, *graphError) {
	if filter == "" {
		return func(Device) bool { return true }, nil
	}
	terms, err := parseFilter(filter)
	if err != nil {
		return nil, err
	}
	for _, t := range terms {
		if err := s.checkTerm(t); err != nil {
			return nil, err
		}
	}
	return func(d Device) bool {
		for _, t := range terms {
			if !s.holds(t, d) {
				return false
			}
		}
		return true
	}, nil
}

func (s *Server) checkTerm(t term) *graphError {
	switch t.property {
	case "timeIntervalInSeconds":
		if t.quoted {
			return badRequest("Invalid filter clause: a binary operator with incompatible types was detected.")
		}
		return nil
	case "assignedTo/id":
		if s.has(QuirkFilterNoAssignedTo) {
			return badRequest("Invalid filter clause: the property 'assignedTo/id' does not support filtering.")
		}
	case "serialNumber", "manufacturer", "model", "hashFunction", "status":
	default:
		return unsupported(http.StatusBadRequest, "Invalid filter clause: the property '%s' does not support filtering.", t.property)
	}
	if !t.quoted {
		return badRequest("Invalid filter clause: a binary operator with incompatible types was detected.")
	}
	return nil
}

func (s *Server) holds(t term, d Device) bool {
	if t.property == "timeIntervalInSeconds" {
		return d.TimeIntervalInSeconds == t.number
	}
	have := map[string]string{
		"serialNumber": d.SerialNumber, "manufacturer": d.Manufacturer, "model": d.Model,
		"hashFunction": d.HashFunction, "status": d.Status, "assignedTo/id": d.AssignedTo,
	}[t.property]
	if s.has(QuirkFilterIgnoresCase) || t.property == "assignedTo/id" {
		return strings.EqualFold(have, t.text)
	}
	return have == t.text
}

// parseFilter reads terms joined with `and`; everything else that OData knows is not documented for this list.
func parseFilter(filter string) ([]term, *graphError) {
	var terms []term
	rest := filter
	for {
		t, after, err := parseTerm(rest)
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
		if after = strings.TrimSpace(after); after == "" {
			return terms, nil
		}
		word, tail := cutWord(after)
		if word != "and" {
			return nil, unsupported(http.StatusBadRequest, "Invalid filter clause: '%s' is not supported.", word)
		}
		rest = tail
	}
}

func parseTerm(in string) (term, string, *graphError) {
	property, rest := cutWord(in)
	operator, rest := cutWord(rest)
	rest = strings.TrimSpace(rest)
	if property == "" || rest == "" {
		return term{}, "", badRequest("Invalid filter clause.")
	}
	if operator != "eq" {
		return term{}, "", unsupported(http.StatusBadRequest, "Invalid filter clause: the operator '%s' is not supported.", operator)
	}
	if rest[0] == '\'' {
		text, tail, closed := cutQuoted(rest[1:])
		if !closed {
			return term{}, "", badRequest("Invalid filter clause: there is an unterminated string literal.")
		}
		return term{property: property, text: text, quoted: true}, tail, nil
	}
	word, tail := cutWord(rest)
	n, err := strconv.Atoi(word)
	if err != nil {
		return term{}, "", badRequest("Invalid filter clause: '%s' is not a literal.", word)
	}
	return term{property: property, number: n}, tail, nil
}

func cutWord(in string) (word, rest string) {
	word, rest, _ = strings.Cut(strings.TrimSpace(in), " ")
	return word, rest
}

// cutQuoted reads to the closing quote; a doubled quote is one quote of the text.
func cutQuoted(in string) (text, rest string, closed bool) {
	var b strings.Builder
	for i := 0; i < len(in); i++ {
		if in[i] != '\'' {
			b.WriteByte(in[i])
			continue
		}
		if i+1 == len(in) || in[i+1] != '\'' {
			return b.String(), in[i+1:], true
		}
		b.WriteByte('\'')
		i++
	}
	return "", "", false
}

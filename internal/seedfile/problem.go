package seedfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one reason why one token of a file cannot be taken.
type Problem struct {
	Row          int    // 0 for the file as a whole
	Unit         string // what Row counts: "row", "KeyPackage", "item" or "token"
	SerialNumber string // empty where the file has none, or one that looks like a secret
	Text         string // never the secret
}

func (p Problem) place() string {
	if p.Row == 0 {
		return ""
	}
	if p.SerialNumber == "" {
		return fmt.Sprintf("%s %d", p.Unit, p.Row)
	}
	return fmt.Sprintf("%s %d (serial number %q)", p.Unit, p.Row, p.SerialNumber)
}

// Problems are all the problems of a file, in its order.
type Problems []Problem

// maxPlaces bounds the message for a file of which every token is bad.
const maxPlaces = 300

// Error says each text once, with all the places that it holds for.
func (p Problems) Error() string {
	var texts []string
	places := map[string][]string{}
	left := 0
	for i, problem := range p {
		if i >= maxPlaces {
			left++
			continue
		}
		if places[problem.Text] == nil {
			texts = append(texts, problem.Text)
		}
		places[problem.Text] = append(places[problem.Text], problem.place())
	}
	lines := make([]string, 0, len(texts)+1)
	for _, text := range texts {
		if where := strings.Join(places[text], ", "); where != "" {
			text = where + ": " + text
		}
		lines = append(lines, text)
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("and %d more problems", left))
	}
	return strings.Join(lines, "\n")
}

// sort restores the order of the file: a duplicate is known only at the second.
func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Row, b.Row) })
}

// skipped is one entry for each token, with all its reasons.
func (p Problems) skipped() []Skipped {
	var skipped []Skipped
	for len(p) > 0 {
		count := 1
		for count < len(p) && p[count].Row == p[0].Row {
			count++
		}
		skipped = append(skipped, Skipped{SerialNumber: p[0].SerialNumber, Reason: p[:count].reasons(), Row: p[0].Row})
		p = p[count:]
	}
	return skipped
}

// reasons joins each text once: a hostile file can have thousands for one token.
func (p Problems) reasons() string {
	if len(p) == 1 {
		return p[0].Text
	}
	seen := make(map[string]bool, len(p))
	var texts []string
	for _, problem := range p {
		if !seen[problem.Text] {
			seen[problem.Text] = true
			texts = append(texts, problem.Text)
		}
	}
	return strings.Join(texts, "; ")
}

package graphtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDoc_everyRowHasATest reads the table of the package comment.
func TestDoc_everyRowHasATest(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(raw)
	}
	rows := regexp.MustCompile(`(?m)^//\t(.+)$`).FindAllStringSubmatch(string(doc), -1)
	found := 0
	for _, row := range rows {
		if !strings.Contains(row[1], "|") {
			continue
		}
		found++
		cells := strings.Split(row[1], " | ")
		if len(cells) != 4 {
			t.Errorf("row has %d cells: %s", len(cells), row[1])
			continue
		}
		if !strings.Contains(" doc user guess rfc sdk ", " "+cells[2]+" ") {
			t.Errorf("row has tag %q: %s", cells[2], row[1])
		}
		if !strings.Contains(tests.String(), "func "+cells[3]+"(") {
			t.Errorf("row names no test: %s", row[1])
		}
	}
	if found < 60 {
		t.Errorf("found only %d rows", found)
	}
}

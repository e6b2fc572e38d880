package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

// counts are of tests and subtests alike.
type counts struct {
	passed, failed, skipped int
	refused                 []string // skipped, and not on the list
}

func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

// verdict says why a run is no success.
func (c counts) verdict() error {
	var all []error
	if c.failed > 0 {
		all = append(all, fmt.Errorf("%d failed", c.failed))
	}
	if len(c.refused) > 0 {
		all = append(all, fmt.Errorf("skipped, and not on the list of allowed skips: %s", strings.Join(c.refused, ", ")))
	}
	if c.passed == 0 {
		all = append(all, errors.New("no test passed"))
	}
	return errors.Join(all...)
}

func (c counts) appendTo(path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, c)
	return errors.Join(err, file.Close())
}

func readTotals(path string) (counts, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return counts{}, err
	}
	var sum counts
	for line := range strings.Lines(string(content)) {
		var run counts
		if _, err := fmt.Sscanf(line, "%d passed, %d failed, %d skipped", &run.passed, &run.failed, &run.skipped); err != nil {
			return counts{}, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		sum.passed += run.passed
		sum.failed += run.failed
		sum.skipped += run.skipped
	}
	return sum, nil
}

// summary follows one run.
type summary struct {
	counts
	out      io.Writer
	skips    allowedSkips
	output   map[string][]string // of every test that has not ended, by package and name
	failedIn map[string]bool     // packages in which a test failed
}

// summarise shows a run as it goes: the packages' own result lines, and of tests those that failed or were skipped.
func summarise(in io.Reader, out io.Writer, skips allowedSkips) (counts, error) {
	s := &summary{out: out, skips: skips, output: map[string][]string{}, failedIn: map[string]bool{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line)
		}
		if errors.Is(err, io.EOF) {
			return s.counts, nil
		}
		if err != nil {
			return counts{}, err
		}
	}
}

func (s *summary) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action == "" {
		// make, or the go command itself, speaks.
		fmt.Fprint(s.out, line)
		return
	}
	if e.Test == "" {
		s.packageEvent(e)
		return
	}
	s.testEvent(e)
}

func (s *summary) packageEvent(e event) {
	switch e.Action {
	case "output", "build-output":
		if e.Output != "PASS\n" {
			fmt.Fprint(s.out, e.Output)
		}
	case "fail":
		// A package that fails without a failing test did not build, panicked or ran out of time.
		if !s.failedIn[e.Package] {
			s.failed++
			s.dump(e.Package)
		}
	}
}

// dump shows what the tests of a package said that never came to an end.
func (s *summary) dump(pkg string) {
	for key, output := range s.output {
		if strings.HasPrefix(key, pkg+"\x00") {
			fmt.Fprint(s.out, strings.Join(output, ""))
			delete(s.output, key)
		}
	}
}

func (s *summary) testEvent(e event) {
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "output":
		s.output[key] = append(s.output[key], e.Output)
		return
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		s.failedIn[e.Package] = true
		fmt.Fprint(s.out, strings.Join(s.output[key], ""))
	case "skip":
		s.skip(e, s.output[key])
	default:
		return
	}
	delete(s.output, key)
}

func (s *summary) skip(e event, output []string) {
	s.skipped++
	reason, ok := s.skips.reason(e.Test)
	if ok {
		fmt.Fprintf(s.out, "--- SKIP: %s (%.2fs) [%s]\n", e.Test, e.Elapsed, reason)
		return
	}
	s.refused = append(s.refused, e.Test)
	fmt.Fprintf(s.out, "--- SKIP: %s (%.2fs) [NOT on the list of allowed skips]\n%s", e.Test, e.Elapsed, strings.Join(output, ""))
}

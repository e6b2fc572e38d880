package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// allowedSkips are the tests that one run may skip.
type allowedSkips []allowedSkip

type allowedSkip struct {
	test   *regexp.Regexp
	reason string
}

// readAllowed reads the list: per line a pattern for the run's name, one for the test's, and a reason. Both patterns match
// the whole name. A line without a reason is an error: so is a skip that nobody can explain.
func readAllowed(path, suite string) (allowedSkips, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseAllowed(path, string(content), suite)
}

func parseAllowed(path, content, suite string) (allowedSkips, error) {
	var skips allowedSkips
	for i, line := range strings.Split(content, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) < 3 {
			return nil, fmt.Errorf("%s:%d: a line is a pattern for the run, one for the test, and the reason", path, i+1)
		}

		run, err := whole(fields[0])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		test, err := whole(fields[1])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		if run.MatchString(suite) {
			skips = append(skips, allowedSkip{test: test, reason: strings.Join(fields[2:], " ")})
		}
	}
	return skips, nil
}

func whole(pattern string) (*regexp.Regexp, error) {
	return regexp.Compile("^(?:" + pattern + ")$")
}

func (a allowedSkips) reason(test string) (string, bool) {
	for _, skip := range a {
		if skip.test.MatchString(test) {
			return skip.reason, true
		}
	}
	return "", false
}

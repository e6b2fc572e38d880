package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// screen prints for a person. What the CLI prints is shortened to what tells something.
type screen struct {
	w     io.Writer
	color bool
	apart bool // the last line printed is empty
}

func newScreen(file *os.File) *screen {
	info, err := file.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &screen{w: file, color: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s *screen) heading(number int, title string) {
	line := fmt.Sprintf("%d. %s", number, title)
	s.setApart()
	if s.color {
		fmt.Fprintf(s.w, "\033[1m%s\033[0m\n", line)
	} else {
		fmt.Fprintf(s.w, "%s\n%s\n", line, strings.Repeat("-", len(line)))
	}
	s.apart = false
	s.setApart()
}

func (s *screen) setApart() {
	if !s.apart {
		fmt.Fprintln(s.w)
	}
	s.apart = true
}

func (s *screen) say(format string, args ...any) {
	fmt.Fprintf(s.w, format+"\n", args...)
	s.apart = false
}

func (s *screen) command(line string) {
	if s.color {
		line = "\033[36m$ " + line + "\033[0m"
	} else {
		line = "$ " + line
	}
	fmt.Fprintln(s.w, line)
	s.apart = false
}

// block prints text, indented, as what it is: a file or a program's answer.
func (s *screen) block(text string) {
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		fmt.Fprintln(s.w, strings.TrimRight("    "+line, " "))
		s.apart = false
	}
	s.setApart()
}

var (
	ansi     = regexp.MustCompile("\x1b\\[[0-9;]*m")
	initLine = regexp.MustCompile(`^- (Finding|Installing|Installed) |successfully initialized!`)
	tellLine = regexp.MustCompile(`: (Creation|Destruction|Import|Modifications) complete|^(Plan:|No changes\.|Apply complete!|Destroy complete!)|^[│╷╵]`)
	header   = regexp.MustCompile(`^  # .* (will|must) be `)
)

// shortInit keeps of what init prints which provider came from where.
func shortInit(output string) string {
	return filter(output, initLine.MatchString)
}

// shortWalk keeps of what plan, apply and destroy print: the headline of every resource, the first bodies in full, what became
// of each resource, the totals and the outputs.
func shortWalk(output string, bodies int) string {
	inBody, inOutputs := false, false
	return filter(output, func(line string) bool {
		switch {
		case inOutputs:
			return line != ""
		case line == "Outputs:":
			inOutputs = true
			return true
		case inBody:
			inBody = line != "    }"
			return true
		case header.MatchString(line):
			inBody = bodies > 0
			bodies--
			return true
		}
		return tellLine.MatchString(line)
	})
}

func filter(output string, keep func(plain string) bool) string {
	var kept strings.Builder
	for line := range strings.SplitSeq(output, "\n") {
		line = strings.TrimRight(line, "\r")
		if keep(strings.TrimRight(ansi.ReplaceAllString(line, ""), " ")) {
			kept.WriteString(line + "\n")
		}
	}
	return kept.String()
}

var secretKey = regexp.MustCompile(`("secretKey": ")[^"]*(")`)

// maskSecrets hides the seeds of a vendor's file.
func maskSecrets(file string) string {
	return secretKey.ReplaceAllString(file, "${1}••••••••${2}")
}

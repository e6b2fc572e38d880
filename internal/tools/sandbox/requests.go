package sandbox

import (
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// batchMethod is what a POST of a whole $batch counts as.
const batchMethod = "$batch"

// Requests counts the requests to Graph by method; a $batch counts as one, by that name.
type Requests struct {
	Sent    map[string]int
	Batched map[string]int // those that came inside a $batch
}

// Total is how many requests went over the wire.
func (r Requests) Total() int {
	total := 0
	for _, n := range r.Sent {
		total += n
	}
	return total
}

func (r Requests) String() string {
	text := counts(r.Sent)
	if len(r.Batched) > 0 {
		text += fmt.Sprintf(" (inside: %s)", counts(r.Batched))
	}
	return text
}

func counts(byMethod map[string]int) string {
	if len(byMethod) == 0 {
		return "0"
	}
	texts := make([]string, 0, len(byMethod))
	for _, method := range slices.Sorted(maps.Keys(byMethod)) {
		texts = append(texts, fmt.Sprintf("%d %s", byMethod[method], method))
	}
	return strings.Join(texts, ", ")
}

// TakeRequests counts the requests since it was asked last. The emulator writes a request down before it answers it, so none is
// missing once the CLI has ended.
func (e *Emulator) TakeRequests() (Requests, error) {
	log, err := os.Open(e.logPath)
	if err != nil {
		return Requests{}, err
	}
	defer log.Close()
	content, err := io.ReadAll(io.NewSectionReader(log, e.logRead, 1<<62))
	if err != nil {
		return Requests{}, err
	}
	e.logRead += int64(len(content))
	return parseRequests(string(content))
}

var requestLine = regexp.MustCompile(`^([A-Z]+) (/.*) (\d+)( batched)?$`)

// parseRequests reads the lines that the emulator prints. A request that it does not know is an error: Graph would refuse it too.
func parseRequests(log string) (Requests, error) {
	requests := Requests{Sent: map[string]int{}, Batched: map[string]int{}}
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "ERROR: ") {
			return Requests{}, fmt.Errorf("the emulator complains: %s", line)
		}
		match := requestLine.FindStringSubmatch(line)
		switch {
		case match == nil:
		case match[4] != "":
			requests.Batched[match[1]]++
		case strings.HasSuffix(match[2], "/$batch"):
			requests.Sent[batchMethod]++
		default:
			requests.Sent[match[1]]++
		}
	}
	return requests, nil
}

package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

const (
	// itemsPerBatch is the most that Graph takes in one $batch [G-batch].
	itemsPerBatch = 20
	// batchesInFlight is how many are sent at once. Four hold 80 items; Graph lets
	// one application write 3,000 times in 150 seconds [graph-api.md 3.2], which is
	// 80 in 4 seconds: more in flight would only be more that is throttled.
	batchesInFlight = 4
)

// batchItem is one request inside a $batch. It must be idempotent: a batch
// whose answer is lost is sent again. So no creation is ever an item.
type batchItem struct {
	method string
	path   string // below /beta
	body   json.RawMessage
}

// batchAnswer is what a batchItem was answered: a body, or the error as if the
// item had been sent alone.
type batchAnswer struct {
	body json.RawMessage
	err  error
	// again says that the item itself failed for a reason that passes.
	again bool
}

type batchRequest struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

type batchResponse struct {
	ID      string          `json:"id"`
	Status  int             `json:"status"`
	Headers map[string]any  `json:"headers"`
	Body    json.RawMessage `json:"body"`
}

// batch sends the items, 20 in a request, and gives their answers in the same
// order. Items that fail for a passing reason are sent again, only they.
func (c *Client) batch(ctx context.Context, does intent, items []batchItem) []batchAnswer {
	ctx = withIntent(ctx, does)
	answers := make([]batchAnswer, len(items))
	var group sync.WaitGroup
	turns := make(chan struct{}, batchesInFlight)
	for start := 0; start < len(items); start += itemsPerBatch {
		end := min(start+itemsPerBatch, len(items))
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			c.oneBatch(ctx, items[start:end], answers[start:end])
		})
	}
	group.Wait()
	return answers
}

// oneBatch sends up to 20 items until each is answered for good.
func (c *Client) oneBatch(ctx context.Context, items []batchItem, answers []batchAnswer) {
	pending := make([]int, len(items))
	for i := range items {
		pending[i] = i
	}
	for attempt := 0; ; attempt++ {
		c.sendBatch(ctx, items, pending, answers, attempt)
		pending = slices.DeleteFunc(pending, func(i int) bool { return !answers[i].again })
		if len(pending) == 0 || attempt >= c.transport.maxRetries {
			return
		}
		var wait *WaitError
		if !errors.As(waitToRetry(ctx, attempt, slowest(answers, pending)), &wait) {
			continue
		}
		for _, i := range pending {
			answers[i].err = &WaitError{Wait: wait.Wait, Asked: wait.Asked, Last: answers[i].err, Err: wait.Err}
		}
		return
	}
}

// slowest is the error of the item that is to be waited for longest.
func slowest(answers []batchAnswer, pending []int) (last error) {
	longest := time.Duration(-1)
	for _, i := range pending {
		var e *Error
		wait := time.Duration(0)
		if errors.As(answers[i].err, &e) {
			wait = e.retryAfter
		}
		if wait > longest {
			longest, last = wait, answers[i].err
		}
	}
	return last
}

// sendBatch sends the pending items once and notes what each was answered.
func (c *Client) sendBatch(ctx context.Context, items []batchItem, pending []int, answers []batchAnswer, attempt int) {
	requests := make([]batchRequest, len(pending))
	for at, i := range pending {
		requests[at] = batchRequest{ID: contentID(i), Method: items[i].method, URL: items[i].path, Body: items[i].body}
		if items[i].body != nil {
			requests[at].Headers = map[string]string{"Content-Type": "application/json"}
		}
	}
	responses, whole, err := c.postBatch(ctx, requests)
	for _, i := range pending {
		// What befell the whole batch was tried again by the transport.
		answers[i] = batchAnswer{err: err}
		if err != nil {
			continue
		}
		response, ok := responses[contentID(i)]
		path := strings.TrimSuffix(whole.path, "/$batch") + items[i].path
		if !ok {
			answers[i].err = &NoAnswerError{
				Method: items[i].method, Path: path, Sent: true, ClientRequestID: whole.clientRequestID,
				Attempts: attempt + 1, Err: errors.New("the answer to the batch does not hold this request's"),
			}
			answers[i].again = true
			continue
		}
		answers[i] = c.readAnswer(whole, items[i], path, response, attempt)
	}
}

func (c *Client) postBatch(ctx context.Context, requests []batchRequest) (map[string]batchResponse, reply, error) {
	body, err := json.Marshal(map[string]any{"requests": requests})
	if err != nil {
		return nil, reply{}, err
	}
	whole, err := c.send(ctx, abstractions.POST, "/$batch", body)
	if err != nil {
		return nil, reply{}, plain(err)
	}
	var page struct {
		Responses []batchResponse `json:"responses"`
	}
	if err := json.Unmarshal(whole.body, &page); err != nil {
		return nil, reply{}, fmt.Errorf("the answer to a batch is not one: %w", err)
	}
	responses := map[string]batchResponse{}
	for _, response := range page.Responses {
		responses[response.ID] = response
	}
	return responses, whole, nil
}

// readAnswer reads one item's answer as if it had come alone.
func (c *Client) readAnswer(whole reply, item batchItem, path string, response batchResponse, attempt int) batchAnswer {
	if response.Status >= 200 && response.Status < 300 {
		if len(response.Body) == 0 || string(response.Body) == "null" {
			return batchAnswer{}
		}
		body, err := normalise(path, response.Body)
		return batchAnswer{body: body, err: err}
	}
	// What the item's answer does not say, the batch's does.
	header := http.Header{}
	for _, name := range []string{"Date", "request-id"} {
		header.Set(name, whole.header.Get(name))
	}
	for name, value := range response.Headers {
		header.Set(name, fmt.Sprint(value))
	}
	e := c.innerError(whole, item.method, path, response.Status, header, response.Body)
	e.Attempts = attempt + 1
	return batchAnswer{err: e, again: isPassing(e)}
}

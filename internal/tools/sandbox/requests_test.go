package sandbox

import (
	"strings"
	"testing"
)

func TestParseRequests(t *testing.T) {
	t.Parallel()

	const devices = "/beta/directory/authenticationMethodDevices/hardwareOathDevices"
	for name, test := range map[string]struct {
		log, want string
		total     int
	}{
		"none":      {"Microsoft Graph emulator listening on http://127.0.0.1:1\n", "0", 0},
		"by method": {"GET " + devices + " 200\nPOST " + devices + " 201\nGET " + devices + "/a b 404\n", "2 GET, 1 POST", 3},
		"batch":     {"DELETE " + devices + "/a 204 batched\nDELETE " + devices + "/b 204 batched\nPOST /beta/$batch 200\n", "1 $batch (inside: 2 DELETE)", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := parseRequests(test.log)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want || got.Total() != test.total {
				t.Errorf("got %q, in all %d, want %q, in all %d", got, got.Total(), test.want, test.total)
			}
		})
	}

	if _, err := parseRequests("ERROR: GET /beta/none: the emulator has no route\nGET /beta/none 501\n"); err == nil || !strings.Contains(err.Error(), "no route") {
		t.Errorf("got %v, want the emulator's complaint", err)
	}
}

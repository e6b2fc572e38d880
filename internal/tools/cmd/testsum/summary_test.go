package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const list = `
# run            test                reason
.*               TestAcc.*           needs a live tenant
terraform-1\.11  TestToken_identity(/.*)?  needs Terraform 1.12
`

func TestSummarise(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		suite   string
		in      []string
		want    string
		wantOut []string
		wantNot []string
		wantErr string
	}{
		"passes are counted, subtests too, and not shown": {
			in: []string{
				`{"Action":"start","Package":"p"}`,
				`{"Action":"run","Package":"p","Test":"TestA"}`,
				`{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}`,
				`{"Action":"pass","Package":"p","Test":"TestA/sub","Elapsed":0.1}`,
				`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}`,
				`{"Action":"output","Package":"p","Output":"PASS\n"}`,
				`{"Action":"output","Package":"p","Output":"ok  \tp\t0.2s\n"}`,
				`{"Action":"pass","Package":"p","Elapsed":0.2}`,
			},
			want: "2 passed, 0 failed, 0 skipped", wantOut: []string{"ok  \tp\t0.2s\n"}, wantNot: []string{"chatter", "PASS"},
		},
		"a failure is shown with what it said": {
			in: []string{
				`{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: wrong\n"}`,
				`{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.00s)\n"}`,
				`{"Action":"fail","Package":"p","Test":"TestA"}`,
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
				`{"Action":"fail","Package":"p"}`,
			},
			want: "1 passed, 1 failed, 0 skipped", wantOut: []string{"wrong", "--- FAIL: TestA"}, wantErr: "1 failed",
		},
		"a package that does not build is a failure": {
			in: []string{
				`{"ImportPath":"p","Action":"build-output","Output":"./a.go:1: syntax error\n"}`,
				`{"ImportPath":"p","Action":"build-fail"}`,
				`{"Action":"fail","Package":"p","FailedBuild":"p"}`,
				`{"Action":"pass","Package":"q","Test":"TestB"}`,
			},
			want: "1 passed, 1 failed, 0 skipped", wantOut: []string{"syntax error"}, wantErr: "1 failed",
		},
		"a panic shows the test that did not end": {
			in: []string{
				`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: oh\n"}`,
				`{"Action":"fail","Package":"p"}`,
				`{"Action":"pass","Package":"q","Test":"TestB"}`,
			},
			want: "1 passed, 1 failed, 0 skipped", wantOut: []string{"panic: oh"}, wantErr: "1 failed",
		},
		"a skip with a reason": {
			in: []string{
				`{"Action":"skip","Package":"p","Test":"TestAccToken"}`,
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
			},
			want: "1 passed, 0 failed, 1 skipped", wantOut: []string{"--- SKIP: TestAccToken (0.00s) [needs a live tenant]"},
		},
		"a skip that only another run may make": {
			suite: "terraform-1.16",
			in: []string{
				`{"Action":"output","Package":"p","Test":"TestToken_identity","Output":"    needs more\n"}`,
				`{"Action":"skip","Package":"p","Test":"TestToken_identity"}`,
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
			},
			want: "1 passed, 0 failed, 1 skipped", wantOut: []string{"NOT on the list", "needs more"}, wantErr: "TestToken_identity",
		},
		"that skip in the run that may": {
			suite: "terraform-1.11",
			in: []string{
				`{"Action":"skip","Package":"p","Test":"TestToken_identity/by_serial"}`,
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
			},
			want: "1 passed, 0 failed, 1 skipped",
		},
		"a name that only begins like an allowed one": {
			suite: "terraform-1.11",
			in: []string{
				`{"Action":"skip","Package":"p","Test":"TestToken_identityOfUser"}`,
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
			},
			want: "1 passed, 0 failed, 1 skipped", wantErr: "TestToken_identityOfUser",
		},
		"nothing ran": {
			in:   []string{`make: nothing to be done`},
			want: "0 passed, 0 failed, 0 skipped", wantOut: []string{"make: nothing"}, wantErr: "no test passed",
		},
		"a package without tests counts as nothing": {
			in: []string{
				`{"Action":"output","Package":"p","Output":"?   \tp\t[no test files]\n"}`,
				`{"Action":"skip","Package":"p"}`,
				`{"Action":"pass","Package":"q","Test":"TestB"}`,
			},
			want: "1 passed, 0 failed, 0 skipped",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			skips, err := parseAllowed("list", list, test.suite)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			got, err := summarise(strings.NewReader(strings.Join(test.in, "\n")), &out, skips)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			for _, want := range test.wantOut {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output %q has no %q", out.String(), want)
				}
			}
			for _, not := range test.wantNot {
				if strings.Contains(out.String(), not) {
					t.Errorf("output %q has %q", out.String(), not)
				}
			}
			err = got.verdict()
			if test.wantErr == "" && err != nil {
				t.Errorf("verdict: %v", err)
			}
			if test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Errorf("verdict: got %v, want one with %q", err, test.wantErr)
			}
		})
	}
}

func TestReadTotals(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "totals")
	for _, run := range []counts{{passed: 3, skipped: 1}, {passed: 2, failed: 1}} {
		if err := run.appendTo(path); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readTotals(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "5 passed, 1 failed, 1 skipped"; got.String() != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseAllowed_errors(t *testing.T) {
	t.Parallel()

	for name, content := range map[string]string{
		"no reason":      ".* TestA",
		"no expression":  ".* Test( because",
		"no expression.": "( TestA because",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if _, err := parseAllowed("list", content, "any"); err == nil || !strings.Contains(err.Error(), "list:1:") {
				t.Errorf("got %v, want an error that names list:1", err)
			}
		})
	}
}

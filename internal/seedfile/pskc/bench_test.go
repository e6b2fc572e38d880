package pskc_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

// plainContainer writes as many keys as vendors write them, without line breaks
// inside.
func plainContainer(keys int) []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<KeyContainer Version=\"1.0\" xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\">\n")
	for i := range keys {
		secret := sha1.Sum([]byte(strconv.Itoa(i)))
		fmt.Fprintf(&b, `<KeyPackage><DeviceInfo><Manufacturer>Acme</Manufacturer><SerialNo>%010d</SerialNo><Model>T-30</Model></DeviceInfo>`+
			`<Key Id="K%d" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><AlgorithmParameters><Suite>HMAC-SHA1</Suite>`+
			`<ResponseFormat Encoding="DECIMAL" Length="6"/></AlgorithmParameters><Data><Secret><PlainValue>%s</PlainValue></Secret>`+
			`<Time><PlainValue>0</PlainValue></Time><TimeInterval><PlainValue>30</PlainValue></TimeInterval></Data></Key></KeyPackage>`+"\n",
			i, i, base64.StdEncoding.EncodeToString(secret[:]))
	}
	b.WriteString("</KeyContainer>\n")
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	for _, keys := range []int{1_000, 10_000, 100_000} {
		content := plainContainer(keys)
		b.Run(strconv.Itoa(keys), func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				container, err := pskc.Read(content, pskc.Options{})
				if err != nil || len(container.Keys) != keys {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRead_encrypted reads keys in AES-256-CBC with HMAC-SHA256.
func BenchmarkRead_encrypted(b *testing.B) {
	key := sequence(32)
	packages := []string{presharedKey, `<MACMethod Algorithm="` + dsMoreURI + `hmac-sha256"/>`}
	for i := range 10_000 {
		secret := sha1.Sum([]byte(strconv.Itoa(i)))
		value := encryptCBC(b, key, sequence(16), secret[:])
		packages = append(packages, keyPackage(strconv.Itoa(i), encrypted("Secret", xencURI+"aes256-cbc", value, sum(sha256.New, key, value))))
	}
	content := container(packages...)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		if got, err := pskc.Read(content, pskc.Options{Key: key}); err != nil || len(got.Keys) != 10_000 || got.Keys[9_999].Err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead_others compares with pskctool and python-pskc, where they are
// installed, on one file of 100,000 keys: how many times as long they take. Each
// reads the file from disk, and the best of three runs counts.
func BenchmarkRead_others(b *testing.B) {
	path := filepath.Join(b.TempDir(), "plain.xml")
	if err := os.WriteFile(path, plainContainer(100_000), 0o600); err != nil {
		b.Fatal(err)
	}
	best := func(run func() error) float64 {
		shortest := math.Inf(1)
		for range 3 {
			begin := time.Now()
			if err := run(); err != nil {
				b.Skipf("skipped: %v", err)
			}
			shortest = min(shortest, time.Since(begin).Seconds())
		}
		return shortest
	}
	ours := best(func() error {
		got, err := pskc.Read(readFile(b, path), pskc.Options{})
		if err == nil && len(got.Keys) != 100_000 {
			b.Fatalf("%d keys", len(got.Keys))
		}
		return err
	})
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours, "s")
	for name, command := range map[string][]string{
		"pskctool":    {"pskctool", "--info", path},
		"python-pskc": {"/usr/bin/python3", "-c", "import pskc, sys; assert len([k.secret for k in pskc.PSKC(sys.argv[1]).keys]) == 100000", path},
	} {
		b.Run(name, func(b *testing.B) {
			if _, err := exec.LookPath(command[0]); err != nil {
				b.Skipf("skipped: %v", err)
			}
			theirs := best(func() error { return exec.Command(command[0], command[1:]...).Run() })
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(theirs, "s")
			b.ReportMetric(theirs/ours, "x")
		})
	}
}

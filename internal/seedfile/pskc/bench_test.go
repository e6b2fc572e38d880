package pskc_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"strconv"
	"testing"

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

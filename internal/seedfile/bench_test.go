package seedfile_test

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

// generated is a file of many tokens in one format.
type generated struct {
	name, content string
	options       seedfile.Options
}

// seedOf is as long as a real one, and different for every token.
func seedOf(i int) []byte {
	return binary.BigEndian.AppendUint64([]byte("benchmark..."), uint64(i)*0x9E3779B97F4A7C15)
}

func seed32(i int) string { return base32.StdEncoding.EncodeToString(seedOf(i)) }

func generate(tb testing.TB, count int) []generated {
	tb.Helper()
	lines := func(head, tail string, line func(i int) string) string {
		var text strings.Builder
		text.WriteString(head)
		for i := range count {
			text.WriteString(line(i))
		}
		return text.String() + tail
	}
	csv := lines("upn,serial number,secret key,time interval,manufacturer,model\r\n", "", func(i int) string {
		return fmt.Sprintf("user%d@contoso.com,%010d,%s,30,Token2,C202\r\n", i, i, seed32(i))
	})
	pskc := pskcOf(count, "totp")
	return []generated{
		{"entra_csv", csv, seedfile.Options{}},
		{"oath_csv", lines("", "", func(i int) string {
			return fmt.Sprintf("%010d, %s, totp, 6, 30\n", i, hex.EncodeToString(seedOf(i)))
		}), vendor},
		{"graph_json", lines(`{"@context":"#$delta","value":[`, `{"serialNumber":"x","manufacturer":"A","model":"T","secretKey":"`+secret+`","timeIntervalInSeconds":30}]}`, func(i int) string {
			return fmt.Sprintf(`{"@contentId":"%d","serialNumber":"%010d","manufacturer":"Token2","model":"C202","secretKey":"%s","timeIntervalInSeconds":30,"hashFunction":"hmacsha1"},`+"\n", i, i, seed32(i))
		}), seedfile.Options{}},
		{"dualshield_xml", lines(dualShield[:strings.Index(dualShield, "  <token>")], "</tokens></data>", func(i int) string {
			return fmt.Sprintf("  <token>\n   <serial>%010d</serial>\n   <seed>%X</seed>\n  </token>\n", i, seedOf(i))
		}), safeID},
		{"pskc", pskc, seedfile.Options{}},
		{"zip_aes256_entra_csv", zipOf(tb, zipEntry{name: "t.csv", content: csv, aes: 256, version: 2, password: password}), unlocked},
		{"zip_zipcrypto_pskc", zipOf(tb, zipEntry{name: "t.pskc", content: pskc, zipCrypto: true, password: password}), unlocked},
	}
}

// pskcOf looks like the files of Feitian, with a model and without indentation:
// 100,000 tokens are to stay below MaxSize.
func pskcOf(count int, algorithm string) string {
	var text strings.Builder
	text.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">` + "\n")
	for i := range count {
		fmt.Fprintf(&text, `<KeyPackage>
<DeviceInfo><Manufacturer>Feitian Technology Co.,Ltd</Manufacturer><SerialNo>%013[1]d</SerialNo><Model>c200</Model></DeviceInfo>
<Key Id="%013[1]d" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:%[3]s">
<AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
<Data>
<Secret><PlainValue>%[2]s</PlainValue></Secret>
<Time><PlainValue>0</PlainValue></Time>
<TimeInterval><PlainValue>60</PlainValue></TimeInterval>
</Data>
</Key>
</KeyPackage>
`, i, base64.StdEncoding.EncodeToString(seedOf(i)), algorithm)
	}
	return text.String() + "</KeyContainer>\n"
}

// BenchmarkRead shows time and memory for each size: both must grow as the file
// does.
func BenchmarkRead(b *testing.B) {
	for _, count := range []int{1_000, 10_000, 100_000} {
		for _, file := range generate(b, count) {
			b.Run(fmt.Sprintf("%s/%d", file.name, count), func(b *testing.B) {
				content := []byte(file.content)
				b.SetBytes(int64(len(content)))
				b.ReportAllocs()
				for b.Loop() {
					result, err := seedfile.Read(content, file.options)
					if err != nil || len(result.Tokens) < count {
						b.Fatalf("%d tokens, %v", len(result.Tokens), err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/token")
			})
		}
	}
}

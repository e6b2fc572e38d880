// Command testsum reads what `go test -json` prints, shows it as `go test` would, counts it, and fails on a test that was skipped
// without a reason that the repository knows.
//
//	make test TESTFLAGS=-json | testsum -suite terraform-1.11 -allowed .ci/allowed-skips -totals FILE
//	testsum -sum -totals FILE
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	suite := flag.String("suite", "", "the name of this run, as the list of allowed skips knows it")
	allowed := flag.String("allowed", "", "the list of allowed skips")
	totals := flag.String("totals", "", "the file that the runs' counts are kept in")
	sum := flag.Bool("sum", false, "print the sum of all runs and read no tests")
	flag.Parse()
	if *totals == "" || flag.NArg() > 0 || (!*sum && (*suite == "" || *allowed == "")) {
		flag.Usage()
		os.Exit(2)
	}

	var err error
	if *sum {
		err = printSum(*totals)
	} else {
		err = watch(*suite, *allowed, *totals)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "testsum: %v\n", err)
		os.Exit(1)
	}
}

func watch(suite, allowedPath, totalsPath string) error {
	skips, err := readAllowed(allowedPath, suite)
	if err != nil {
		return err
	}
	counts, err := summarise(os.Stdin, os.Stdout, skips)
	if err != nil {
		return err
	}
	if err := counts.appendTo(totalsPath); err != nil {
		return err
	}
	fmt.Printf("== %s: %s\n", suite, counts)
	return counts.verdict()
}

func printSum(totalsPath string) error {
	counts, err := readTotals(totalsPath)
	if err != nil {
		return err
	}
	// Alone on its line, and last: other programs read it.
	fmt.Println(counts)
	return counts.verdict()
}

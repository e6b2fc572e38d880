// Command get-cli prints the path of a Terraform or OpenTofu CLI that the tests, the docs and the demo can run.
//
//	get-cli                                  any, 1.11.0 or newer: TF_ACC_TERRAFORM_PATH or TERRAFORM, PATH, cached, downloaded, built
//	get-cli -kind terraform -min 1.14.0      a Terraform that new, for the docs
//	get-cli -kind terraform -version 1.16.4  exactly this one
//	get-cli -format env                      shell lines that point acceptance tests at it
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/tools/cli"
)

func main() {
	var req cli.Request
	format := flag.String("format", "path", "what to print: path, or env, for a shell to evaluate")
	flag.StringVar((*string)(&req.Kind), "kind", "", "terraform or tofu; either when empty")
	flag.StringVar(&req.Version, "version", "", "exactly this version; needs -kind")
	flag.StringVar(&req.Min, "min", cli.MinVersion, "the oldest version that will do")
	flag.Parse()
	if flag.NArg() > 0 || (*format != "path" && *format != "env") {
		flag.Usage()
		os.Exit(2)
	}

	if err := run(req, *format); err != nil {
		fmt.Fprintf(os.Stderr, "get-cli: %v\n", err)
		os.Exit(1)
	}
}

func run(req cli.Request, format string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	finder, err := cli.NewFinder(os.Stderr)
	if err != nil {
		return err
	}
	found, err := finder.Find(ctx, req)
	if err != nil {
		return err
	}

	if format == "env" {
		fmt.Fprintf(os.Stderr, "acceptance tests run on %s, %s\n", found, found.Path)
		fmt.Print(found.TestEnv())
		return nil
	}
	fmt.Println(found.Path)
	return nil
}

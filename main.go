// Terraform-provider-entra manages OATH hardware tokens in Microsoft Entra.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

// version is set by the linker.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run with support for debuggers such as delve")
	flag.Parse()
	if !*debug {
		keepQuiet()
	}
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/terraform-provider-entra/entra",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}

// keepQuiet turns the logs off that nobody has asked for: the CLI takes every
// line that a provider writes at TRACE, and drops it unless TF_LOG is set. For
// many resources that is a quarter of the processor time of a plan.
func keepQuiet() {
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "TF_LOG") && name != "TF_LOG_PATH" && value != "" {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER"} {
		_ = os.Setenv(name, "OFF")
	}
}

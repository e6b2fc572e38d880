// Terraform-provider-entra manages OATH hardware tokens in Microsoft Entra.
package main

import (
	"flag"
	"log"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

// version is set by the linker.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run with support for debuggers such as delve")
	flag.Parse()
	if err := provider.Serve(version, *debug); err != nil {
		log.Fatal(err)
	}
}

// Terraform-provider-entra manages OATH hardware tokens in Microsoft Entra.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

// version is set by the linker.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "run with support for debuggers such as delve")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/terraform-provider-entra/entra",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}

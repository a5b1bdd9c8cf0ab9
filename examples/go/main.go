// Declares a REST API whose routes need a valid token.
package main

import (
	jwtauthorizer "github.com/pulumi/pulumi-jwt-authorizer/sdk/go/jwtauthorizer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		cfg := config.New(ctx, "")
		api, err := jwtauthorizer.NewProtectedRestApi(ctx, "orders", &jwtauthorizer.ProtectedRestApiArgs{
			Issuer:     pulumi.String(cfg.Require("issuer")),
			Audience:   pulumi.String(cfg.Require("audience")),
			BackendUrl: pulumi.StringRef(cfg.Require("backendUrl")),
			Routes: jwtauthorizer.RouteArray{
				jwtauthorizer.RouteArgs{Method: pulumi.String("GET"), Path: pulumi.String("/orders")},
				jwtauthorizer.RouteArgs{
					Method: pulumi.String("POST"),
					Path:   pulumi.String("/orders"),
					Scopes: pulumi.ToStringArray([]string{"create:orders"}),
				},
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("url", api.InvokeUrl)
		return nil
	})
}

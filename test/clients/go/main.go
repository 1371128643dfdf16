// Command identity prints who it is; then it does so again for each line on standard input, with a new client when the
// line says "new". One process with the default configuration of the AWS SDK for Go v2.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func load(ctx context.Context) aws.Config {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	return cfg
}

func tell(ctx context.Context, cfg aws.Config) {
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		log.Fatal(err)
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*identity.Arn, credentials.AccessKeyID)
}

func main() {
	ctx := context.Background()
	cfg := load(ctx)
	tell(ctx, cfg)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "new" {
			cfg = load(ctx)
		}
		tell(ctx, cfg)
	}
}

// Command profile reads a folder from each line of standard input, and prints the access key that the AWS SDK for Go v2
// gets from its files config and credentials for the profile that its file name holds, or "nothing". It prints why on
// standard error.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

func accessKey(ctx context.Context, folder string) (string, error) {
	name, err := os.ReadFile(filepath.Join(folder, "name"))
	if err != nil {
		return "", err
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithSharedConfigFiles([]string{filepath.Join(folder, "config")}),
		config.WithSharedCredentialsFiles([]string{filepath.Join(folder, "credentials")}),
		config.WithSharedConfigProfile(string(name)),
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
	)
	if err != nil {
		return "", err
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	return credentials.AccessKeyID, err
}

func main() {
	folders := bufio.NewScanner(os.Stdin)
	for folders.Scan() {
		found, err := accessKey(context.Background(), folders.Text())
		if err != nil || found == "" {
			fmt.Fprintln(os.Stderr, folders.Text(), err)
			found = "nothing"
		}
		fmt.Println(found)
	}
}

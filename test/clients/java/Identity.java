import java.io.BufferedReader;
import java.io.InputStreamReader;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * Prints who it is; then does so again for each line on standard input, with a new client when the line says "new". One
 * process with the default configuration of the AWS SDK for Java 2.x.
 */
public final class Identity {
    private static DefaultCredentialsProvider provider;
    private static StsClient client;

    private static void open() {
        provider = DefaultCredentialsProvider.builder().build();
        client = StsClient.builder().credentialsProvider(provider).build();
    }

    private static void tell() {
        System.out.println(client.getCallerIdentity().arn() + " " + provider.resolveCredentials().accessKeyId());
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        open();
        tell();
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            if (line.equals("new")) open();
            tell();
        }
    }
}

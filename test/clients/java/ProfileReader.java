import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.profiles.ProfileFile;

/**
 * Reads a folder from each line of standard input, and prints the access key that the AWS SDK for Java 2.x gets from its
 * files config and credentials for the profile that its file name holds, or "nothing". It prints why on standard error.
 */
public final class ProfileReader {
    private static ProfileFile read(Path folder) {
        return ProfileFile.aggregator()
                .addFile(ProfileFile.builder().content(folder.resolve("credentials")).type(ProfileFile.Type.CREDENTIALS).build())
                .addFile(ProfileFile.builder().content(folder.resolve("config")).type(ProfileFile.Type.CONFIGURATION).build())
                .build();
    }

    private static String accessKey(String folder) {
        try {
            String name = Files.readString(Path.of(folder, "name"));
            ProfileCredentialsProvider provider =
                    ProfileCredentialsProvider.builder().profileFile(read(Path.of(folder))).profileName(name).build();
            return provider.resolveCredentials().accessKeyId();
        } catch (Exception error) {
            System.err.println(folder + " " + error);
            return "nothing";
        }
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader folders = new BufferedReader(new InputStreamReader(System.in));
        for (String folder = folders.readLine(); folder != null; folder = folders.readLine())
            System.out.println(accessKey(folder));
    }
}

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** The JDK's own client as it is out of the box: on cleartext it offers to go on with HTTP/2. */
class JdkClient {
  public static void main(String[] arguments) throws Exception {
    String method = arguments[0];
    URI uri = URI.create(arguments[1]);
    var body = arguments.length > 2 ? BodyPublishers.ofString(arguments[2]) : BodyPublishers.noBody();
    var request = HttpRequest.newBuilder(uri).header("Content-Type", "application/json").method(method, body).build();
    var response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    System.out.println(response.version() + " " + response.statusCode());
    System.out.print(response.body());
  }
}

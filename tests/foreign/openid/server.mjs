// An OpenID provider as the documentation of npm's `oidc-provider` sets it up for services: clients get signed tokens for
// themselves. Arguments: address, port, the issuer that it names itself.
import { Provider } from "oidc-provider";

const [address, port, issuer] = process.argv.slice(2);
const secret = process.env.CLIENT_SECRET;

const client = (id, more = {}) => ({
  client_id: id,
  client_secret: secret,
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  ...more,
});

const provider = new Provider(issuer, {
  clients: [
    client("web"),
    client("opaque"),
    client("post", { token_endpoint_auth_method: "client_secret_post" }),
    client("expired", { client_secret_expires_at: 1 }),
  ],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (context, { clientId }) =>
        clientId === "opaque" ? undefined : "urn:example:api",
      getResourceServerInfo: () => ({
        scope: "read",
        audience: "urn:example:api",
        accessTokenTTL: 300,
        accessTokenFormat: "jwt",
      }),
    },
  },
});
provider.listen(Number(port), address, () => console.log("listening"));

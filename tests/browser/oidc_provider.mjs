// The certified oidc-provider of the npm registry on a free port of this machine, with one client that must use PKCE.
// It has to lie beside the node_modules that hold it. Arguments: the client's id, secret and redirect URI. Prints the
// issuer once it listens. Whoever signs in as NAME is Mara Lindqvist with NAME@halden.example, verified.
import { createServer } from "node:http";
import { Provider, interactionPolicy } from "oidc-provider";

const [client_id, client_secret, redirect_uri] = process.argv.slice(2);
const server = createServer();

// Google lets people choose an account when asked to; here they type who they are, so nothing is left to ask.
const chooseAccount = new interactionPolicy.Prompt({ name: "select_account", requestable: true });
chooseAccount.checks.clear();
const policy = interactionPolicy.base();
policy.add(chooseAccount, 0);

server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id, client_secret, redirect_uris: [redirect_uri] }],
    pkce: { required: () => true },
    claims: { email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false, // Google's ID tokens hold these, too
    interactions: { policy },
    findAccount: (context, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: "Mara Lindqvist", email: `${sub}@halden.example`, email_verified: true }),
    }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});

// aws-jwt-verify as its README has it: a verifier for the container, the key set read in the init phase.

import { JwtVerifier } from "aws-jwt-verify";
import { allow, bearer } from "./policy.cjs";

const { AUDIENCE: audience, TOKEN_ISSUER: issuer, JWKS_URI: jwksUri } = process.env;
const verifier = JwtVerifier.create({ issuer, audience, jwksUri });
await verifier.hydrate();

export const handler = async (event) => {
  try {
    return allow(await verifier.verify(bearer(event)), event.methodArn);
  } catch {
    throw new Error("Unauthorized");
  }
};

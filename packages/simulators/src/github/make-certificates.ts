/** Makes a certificate authority that is good for this machine's names only, and one leaf under it. */
import { webcrypto } from "node:crypto";

import { AsnConvert } from "@peculiar/asn1-schema";
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints,
} from "@peculiar/asn1-x509";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const YEAR_MS = 365 * 24 * 3_600_000;
const HOSTS = ["localhost", "github.thor.test"];
const LOOPBACK = "127.0.0.1/32";

function onlyThisMachine(): Extension {
  const names = [...HOSTS.map((dNSName) => new GeneralName({ dNSName })), new GeneralName({ iPAddress: LOOPBACK })];
  const permitted = new GeneralSubtrees(names.map((base) => new GeneralSubtree({ base })));
  const value = AsnConvert.serialize(new NameConstraints({ permittedSubtrees: permitted }));
  return new Extension(id_ce_nameConstraints, true, value);
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${(bytes.match(/.{1,64}/g) ?? []).join("\n")}\n-----END PRIVATE KEY-----\n`;
}

/** Authority and leaf; the authority's key is used once and forgotten. */
export async function makeCertificates(now: number) {
  cryptoProvider.set(webcrypto);
  const [authority, leaf] = await Promise.all([newKeys(), newKeys()]);
  const validity = { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + YEAR_MS) };
  const issuer = "CN=Thor simulator authority";
  const ca = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: "01",
    subject: issuer,
    issuer,
    publicKey: authority.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      onlyThisMachine(),
    ],
  });
  const cert = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: "02",
    subject: "CN=localhost",
    issuer,
    publicKey: leaf.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...HOSTS.map((value) => ({ type: "dns" as const, value })),
        { type: "ip" as const, value: "127.0.0.1" },
      ]),
    ],
  });
  return { ca: ca.toString("pem"), cert: cert.toString("pem"), key: await keyPem(leaf.privateKey) };
}

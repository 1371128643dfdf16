//! Cryptography that the program needs synchronously. Each function returns undefined for what it cannot do; the full
//! program then does it.
use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::{block_padding::Pkcs7, BlockDecryptMut, KeyIvInit};
use llrt_core::{function::Func, Ctx, Object, Result, TypedArray};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use ring::{
    aead, digest, hkdf, pbkdf2,
    rand::{SecureRandom, SystemRandom},
    rsa,
    signature::{self, EcdsaKeyPair, RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm},
};

type Bytes<'js> = TypedArray<'js, u8>;

fn give<'js>(ctx: Ctx<'js>, bytes: Option<Vec<u8>>) -> Result<Option<Bytes<'js>>> {
    bytes.map(|bytes| TypedArray::new(ctx, bytes)).transpose()
}

fn digest_named(name: &str) -> Option<&'static digest::Algorithm> {
    Some(match name {
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &digest::SHA256,
        "sha384" => &digest::SHA384,
        "sha512" => &digest::SHA512,
        _ => return None,
    })
}

fn hash<'js>(ctx: Ctx<'js>, name: String, data: Bytes<'js>) -> Result<Option<Bytes<'js>>> {
    let found = digest_named(&name).zip(data.as_bytes());
    give(
        ctx,
        found.map(|(algorithm, data)| digest::digest(algorithm, data).as_ref().to_vec()),
    )
}

fn random(ctx: Ctx<'_>, length: usize) -> Result<Option<Bytes<'_>>> {
    let mut bytes = vec![0; length];
    let filled = SystemRandom::new().fill(&mut bytes).is_ok();
    give(ctx, filled.then_some(bytes))
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF with SHA-256 (RFC 5869).
fn derive<'js>(
    ctx: Ctx<'js>,
    secret: Bytes<'js>,
    salt: Bytes<'js>,
    info: String,
    length: usize,
) -> Result<Option<Bytes<'js>>> {
    let derived = secret.as_bytes().zip(salt.as_bytes()).and_then(|(secret, salt)| {
        let key = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
        let mut bytes = vec![0; length];
        key.expand(&[info.as_bytes()], Length(length))
            .ok()?
            .fill(&mut bytes)
            .ok()?;
        Some(bytes)
    });
    give(ctx, derived)
}

fn gcm_key(key: &Bytes<'_>) -> Option<aead::LessSafeKey> {
    Some(aead::LessSafeKey::new(
        aead::UnboundKey::new(&aead::AES_256_GCM, key.as_bytes()?).ok()?,
    ))
}

/// AES-256-GCM; the tag follows the ciphertext.
fn seal<'js>(
    ctx: Ctx<'js>,
    key: Bytes<'js>,
    nonce: Bytes<'js>,
    aad: Bytes<'js>,
    data: Bytes<'js>,
) -> Result<Option<Bytes<'js>>> {
    let sealed = || {
        let mut bytes = data.as_bytes()?.to_vec();
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce.as_bytes()?).ok()?;
        gcm_key(&key)?
            .seal_in_place_append_tag(nonce, aead::Aad::from(aad.as_bytes()?), &mut bytes)
            .ok()?;
        Some(bytes)
    };
    give(ctx, sealed())
}

fn unseal<'js>(
    ctx: Ctx<'js>,
    key: Bytes<'js>,
    nonce: Bytes<'js>,
    aad: Bytes<'js>,
    data: Bytes<'js>,
) -> Result<Option<Bytes<'js>>> {
    let opened = || {
        let mut bytes = data.as_bytes()?.to_vec();
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce.as_bytes()?).ok()?;
        Some(
            gcm_key(&key)?
                .open_in_place(nonce, aead::Aad::from(aad.as_bytes()?), &mut bytes)
                .ok()?
                .to_vec(),
        )
    };
    give(ctx, opened())
}

fn stretch<'js>(
    ctx: Ctx<'js>,
    name: String,
    password: Bytes<'js>,
    salt: Bytes<'js>,
    iterations: u32,
    length: usize,
) -> Result<Option<Bytes<'js>>> {
    let stretched = || {
        let algorithm = match name.as_str() {
            "sha1" => pbkdf2::PBKDF2_HMAC_SHA1,
            "sha256" => pbkdf2::PBKDF2_HMAC_SHA256,
            "sha384" => pbkdf2::PBKDF2_HMAC_SHA384,
            "sha512" => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return None,
        };
        let mut bytes = vec![0; length];
        pbkdf2::derive(
            algorithm,
            iterations.try_into().ok()?,
            salt.as_bytes()?,
            password.as_bytes()?,
            &mut bytes,
        );
        Some(bytes)
    };
    give(ctx, stretched())
}

/// AES-CBC with the padding of PKCS#7. Undefined for a wrong padding.
fn decrypt_cbc<'js>(ctx: Ctx<'js>, key: Bytes<'js>, iv: Bytes<'js>, data: Bytes<'js>) -> Result<Option<Bytes<'js>>> {
    let plain = || {
        let (key, iv) = (key.as_bytes()?, iv.as_bytes()?);
        let mut bytes = data.as_bytes()?.to_vec();
        let length = match key.len() {
            16 => cbc::Decryptor::<Aes128>::new_from_slices(key, iv)
                .ok()?
                .decrypt_padded_mut::<Pkcs7>(&mut bytes)
                .ok()?
                .len(),
            24 => cbc::Decryptor::<Aes192>::new_from_slices(key, iv)
                .ok()?
                .decrypt_padded_mut::<Pkcs7>(&mut bytes)
                .ok()?
                .len(),
            32 => cbc::Decryptor::<Aes256>::new_from_slices(key, iv)
                .ok()?
                .decrypt_padded_mut::<Pkcs7>(&mut bytes)
                .ok()?
                .len(),
            _ => return None,
        };
        bytes.truncate(length);
        Some(bytes)
    };
    give(ctx, plain())
}

/// Signs with PKCS#1 v1.5. `key` is an RSAPrivateKey in DER.
fn sign_rsa<'js>(ctx: Ctx<'js>, name: String, key: Bytes<'js>, data: Bytes<'js>) -> Result<Option<Bytes<'js>>> {
    let signed = || {
        let padding: &'static dyn signature::RsaEncoding = match name.as_str() {
            "sha256" => &signature::RSA_PKCS1_SHA256,
            "sha384" => &signature::RSA_PKCS1_SHA384,
            "sha512" => &signature::RSA_PKCS1_SHA512,
            _ => return None,
        };
        let pair = RsaKeyPair::from_der(key.as_bytes()?).ok()?;
        let mut bytes = vec![0; pair.public().modulus_len()];
        pair.sign(padding, &SystemRandom::new(), data.as_bytes()?, &mut bytes)
            .ok()?;
        Some(bytes)
    };
    give(ctx, signed())
}

/// Returns the RSAPublicKey in DER; undefined for a key that cannot sign here.
fn public_rsa<'js>(ctx: Ctx<'js>, key: Bytes<'js>) -> Result<Option<Bytes<'js>>> {
    let pair = key.as_bytes().and_then(|key| RsaKeyPair::from_der(key).ok());
    give(
        ctx,
        pair.map(|pair| {
            let public: &rsa::PublicKey = pair.public();
            public.as_ref().to_vec()
        }),
    )
}

/// For P-256 and SHA-256, several times as fast as the general way. Needs the public point, which it checks.
fn fast_pair(scalar: &[u8], point: &[u8]) -> Option<EcdsaKeyPair> {
    let algorithm = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point, &SystemRandom::new()).ok()
}

/// Signs with ECDSA; the signature is in DER.
fn sign_ec<'js>(
    ctx: Ctx<'js>,
    curve: String,
    name: String,
    scalar: Bytes<'js>,
    point: Bytes<'js>,
    data: Bytes<'js>,
) -> Result<Option<Bytes<'js>>> {
    let signed = || {
        if curve == "P-256" && name == "sha256" {
            let pair = fast_pair(scalar.as_bytes()?, point.as_bytes()?)?;
            let signature = pair.sign(&SystemRandom::new(), data.as_bytes()?).ok()?;
            return Some(signature.as_ref().to_vec());
        }
        let hashed = digest::digest(digest_named(&name)?, data.as_bytes()?);
        let scalar = scalar.as_bytes()?;
        match curve.as_str() {
            "P-256" => {
                let key = p256::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let signature: p256::ecdsa::Signature = key.sign_prehash(hashed.as_ref()).ok()?;
                Some(signature.to_der().as_bytes().to_vec())
            }
            "P-384" => {
                let key = p384::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let signature: p384::ecdsa::Signature = key.sign_prehash(hashed.as_ref()).ok()?;
                Some(signature.to_der().as_bytes().to_vec())
            }
            _ => None,
        }
    };
    give(ctx, signed())
}

/// Returns the public point, uncompressed. `given` is what the key's file says.
fn public_ec<'js>(
    ctx: Ctx<'js>,
    curve: String,
    scalar: Bytes<'js>,
    given: Option<Bytes<'js>>,
) -> Result<Option<Bytes<'js>>> {
    let point = || {
        let scalar = scalar.as_bytes()?;
        let given = given.as_ref().and_then(|given| given.as_bytes());
        if let (Some(given), "P-256") = (given, curve.as_str()) {
            if fast_pair(scalar, given).is_some() {
                return Some(given.to_vec());
            }
        }
        match curve.as_str() {
            "P-256" => Some(
                p256::ecdsa::SigningKey::from_slice(scalar)
                    .ok()?
                    .verifying_key()
                    .to_encoded_point(false)
                    .as_bytes()
                    .to_vec(),
            ),
            "P-384" => Some(
                p384::ecdsa::SigningKey::from_slice(scalar)
                    .ok()?
                    .verifying_key()
                    .to_encoded_point(false)
                    .as_bytes()
                    .to_vec(),
            ),
            _ => None,
        }
    };
    give(ctx, point())
}

/// Verifies the signature of a certificate. `key` is an RSAPublicKey, or a point of the named curve. Undefined for a
/// combination that is not known here.
fn verify<'js>(kind: String, name: String, key: Bytes<'js>, data: Bytes<'js>, signed: Bytes<'js>) -> Option<bool> {
    let algorithm: &'static dyn VerificationAlgorithm = match (kind.as_str(), name.as_str()) {
        ("RSA", "sha256") => &signature::RSA_PKCS1_2048_8192_SHA256,
        ("RSA", "sha384") => &signature::RSA_PKCS1_2048_8192_SHA384,
        ("RSA", "sha512") => &signature::RSA_PKCS1_2048_8192_SHA512,
        ("P-256", "sha256") => &signature::ECDSA_P256_SHA256_ASN1,
        ("P-256", "sha384") => &signature::ECDSA_P256_SHA384_ASN1,
        ("P-384", "sha256") => &signature::ECDSA_P384_SHA256_ASN1,
        ("P-384", "sha384") => &signature::ECDSA_P384_SHA384_ASN1,
        _ => return None,
    };
    Some(
        UnparsedPublicKey::new(algorithm, key.as_bytes()?)
            .verify(data.as_bytes()?, signed.as_bytes()?)
            .is_ok(),
    )
}

pub fn define(host: &Object<'_>) -> Result<()> {
    host.set("hash", Func::from(hash))?;
    host.set("random", Func::from(random))?;
    host.set("derive", Func::from(derive))?;
    host.set("seal", Func::from(seal))?;
    host.set("unseal", Func::from(unseal))?;
    host.set("stretch", Func::from(stretch))?;
    host.set("decryptCbc", Func::from(decrypt_cbc))?;
    host.set("signRsa", Func::from(sign_rsa))?;
    host.set("publicRsa", Func::from(public_rsa))?;
    host.set("signEc", Func::from(sign_ec))?;
    host.set("publicEc", Func::from(public_ec))?;
    host.set("verify", Func::from(verify))
}

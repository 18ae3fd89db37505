# SPDX-License-Identifier: MIT
"""Headless Chromium for Python tests."""

import os

from selenium import webdriver
from selenium.webdriver.chrome.service import Service


def start_browser(*arguments):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,900", *arguments):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver", log_path=os.devnull), options=options)
    browser.set_page_load_timeout(60)
    return browser
